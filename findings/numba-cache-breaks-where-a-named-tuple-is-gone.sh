#!/usr/bin/env bash
# numba 0.68.1: a cached kernel cannot be called, nor compiled anew, once a named tuple that it took has another name.
#
# The index of the cache is one pickle of the stamp of the source file and of the signatures. It is loaded whole before the
# stamp is compared, and a signature names the class of each named tuple. Where the class has moved or gone, loading raises
# AttributeError, although the source has changed and the cache is stale anyway. pip leaves such index files behind when it
# upgrades a package. Guess before trying: a stale index is thrown away.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q numba==0.68.1
cd "$folder"
cat > kernels.py <<'PY'
from numba import njit


@njit(cache=True)
def first(rows):
    return rows.values[0]
PY
cat > caller.py <<'PY'
from typing import NamedTuple

import numpy as np

from kernels import first


class Rows(NamedTuple):
    values: np.ndarray


print(first(Rows(np.arange(3.0))))
PY
"$folder/venv/bin/python" -c "import caller"
sed -i 's/Rows/Table/g' caller.py
sed -i 's/values\[0\]/values[1]/' kernels.py
sleep 1 && touch kernels.py
if "$folder/venv/bin/python" -c "import caller" 2> error.txt; then
    echo "this has changed: the stale index was thrown away"
    exit 1
fi
tail -1 error.txt | tee last.txt
grep -q "AttributeError: Can't get attribute 'Rows'" last.txt
