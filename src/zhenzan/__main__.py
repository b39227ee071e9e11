"""`python -m zhenzan`: the command line where the script `zhenzan` is not on the path."""

from zhenzan.cli import main

raise SystemExit(main())
