"""Is it genuine? A probability, a verdict and the reasons for every like; the rings behind the bought ones.

The road is in `pipeline`; the model in `inference`.
"""

from zhenzan.verify.calibration import calibrate
from zhenzan.verify.explain import Explanation
from zhenzan.verify.pipeline import verify
from zhenzan.verify.result import Result

__all__ = ["Explanation", "Result", "calibrate", "verify"]
