"""The simulated platform's enforcement: detectors, settlement, sanctions."""

from zhenzan.lab.platform.sanctions import close_accounts, fine, punish
from zhenzan.lab.platform.settlement import Settlement

__all__ = ["Settlement", "close_accounts", "fine", "punish"]
