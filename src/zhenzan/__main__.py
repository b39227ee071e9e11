"""`python -m zhenzan`: the command, where its script is not on the path."""

from zhenzan.cli import main

raise SystemExit(main())
