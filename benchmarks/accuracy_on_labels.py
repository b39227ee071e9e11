"""Data sets with labels of their own: calibrated on the earliest likes, judged on the latest.

`python -m benchmarks.accuracy_on_labels` prints the section; `rows()` gives the numbers.

Yelp Chi and NYC: who reviewed what on which day, and what Yelp's filter called fake. Only user, item and day
are used, the rating never. All methods see the whole log; labels of the earliest 60 % of the rows train, the
latest 20 % test, those between are not used. Ties are treated alike: no method may see the order of rows of
one
day, or ids, which would give the labels away.

Bitcoin OTC: who rated whom and when, without the rating; a few hundred users are known to be fraudulent or
trusted, found in five parts of which each is judged by what the other four taught.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

import zhenzan
from benchmarks.document import table
from benchmarks.metrics import area_under_roc, reliability
from benchmarks.real_timing_worlds import data_folder

TRAIN, TEST = 0.6, 0.8
CITED = {
    "Yelp Chi": (0.724, 0.689),
    "Yelp NYC": (0.706, 0.660),
}  # boosting on ten counts, degree; measured elsewhere
FOLDS = 5
DAY_US = 86_400_000_000


@dataclass(frozen=True)
class Row:
    """One method on one data set: areas under the ROC curve and calibration error on the test likes or
    users."""

    data: str
    method: str
    auc: float
    error: float | None = None
    cited: float | None = None


@dataclass(frozen=True)
class Reviews:
    """A labelled log in the order of time: integer codes, day number, whether the filter called it fake."""

    account: np.ndarray
    item: np.ndarray
    day: np.ndarray
    fake: np.ndarray

    @property
    def log(self) -> pa.Table:
        time = pa.array(self.day.astype(np.int64) * DAY_US).cast(pa.timestamp("us", "UTC"))
        return pa.table({"account": self.account, "item": self.item, "timestamp": time})

    @property
    def train(self) -> slice:
        return slice(0, int(TRAIN * self.day.size))

    @property
    def test(self) -> slice:
        return slice(int(TEST * self.day.size), self.day.size)


def run(quick: bool = False) -> str:
    """Measure, and return the section as Markdown. Raises FileNotFoundError where the data sets are
    absent."""
    measured = rows(quick)
    body = table(
        ["data", "method", "area under ROC", "calibration error", "measured elsewhere"],
        [(row.data, row.method, row.auc, row.error, row.cited) for row in measured],
    )
    return (
        "## Data sets with labels of their own\n\n"
        "Yelp: labels of the earliest 60 % of the reviews train, the latest 20 % test; user, item and day "
        "only. Fake reviews there are mostly one-off accounts that act alone, which nothing unsupervised can "
        "see in who, what and when: without labels the model says so little that its ranking is chance. The "
        "latest reviews are harder than any before: what their accounts do next is not in the log yet. "
        "Calibration also remembers what the labels said of accounts and items, which counts of likes "
        "cannot; a row of its own tells what features alone reach. "
        "Bitcoin OTC: users judged by whom and when they rated (or were rated), "
        f"{FOLDS}-fold; its labels follow from the ratings themselves, "
        "which are not used here.\n\n" + body
    )


def rows(quick: bool = False) -> list[Row]:
    """Every method on every data set; `quick` takes the smaller ones and trains fewer trees."""
    results = []
    for name, file in (("Yelp Chi", "yelp_chi"), ("Yelp NYC", "yelp_nyc")):
        if quick and file != "yelp_chi":
            continue
        results += yelp(name, load_reviews(data_folder() / f"{file}.parquet"), quick)
    return results + bitcoin()


def load_reviews(path: Path) -> Reviews:
    """The log in the order of day, item, account."""
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there")
    read = pq.read_table(path, columns=["user_id", "item_id", "date", "is_fake"])
    account, item, fake = (read[name].to_numpy() for name in ("user_id", "item_id", "is_fake"))
    day = read["date"].cast(pa.int32()).to_numpy()
    order = np.lexsort((account, item, day))
    return Reviews(account[order], item[order], day[order], fake[order].astype(bool))


def yelp(name: str, reviews: Reviews, quick: bool) -> list[Row]:
    """All methods on one Yelp log."""
    truth = reviews.fake[reviews.test]
    counts = ten_counts(reviews)
    boosted, degree = CITED[name]
    results = [
        Row(
            name,
            "account degree alone",
            area_under_roc(-counts["account_likes"][reviews.test], truth),
            None,
            degree,
        )
    ]
    for method, chance in boosting(counts, reviews, quick).items():
        error = reliability(chance, truth).error
        results.append(Row(name, f"{method} on ten counts", area_under_roc(chance, truth), error, boosted))
    result = zhenzan.verify(reviews.log)
    plain = _probability(result)[reviews.test]
    results.append(
        Row(name, "Zhenzan, unsupervised", area_under_roc(plain, truth), reliability(plain, truth).error)
    )
    train = np.arange(reviews.train.stop)
    labels = pa.table({"row": train, "fake": reviews.fake[reviews.train].astype(np.int8)})
    policy = zhenzan.calibrate(result, labels)
    for method, ruling in (
        ("Zhenzan, calibrated, by features alone", policy.unnamed()),
        ("Zhenzan, calibrated", policy),
    ):
        chance = _probability(zhenzan.verify(reviews.log, policy=ruling))[reviews.test]
        results.append(Row(name, method, area_under_roc(chance, truth), reliability(chance, truth).error))
    return results


def _probability(result: zhenzan.Result) -> np.ndarray:
    return np.asarray(result.verdicts["fake_probability"].to_numpy(), np.float64)


def ten_counts(reviews: Reviews) -> dict[str, np.ndarray]:
    """Ten counts as anybody would make them by hand, blind to the order of rows of one day. float64[n]."""
    account, item, day = reviews.account, reviews.item, reviews.day
    account_first, item_first = _first(account, day), _first(item, day)
    item_likes, item_day = _count(item), _count(item, day)
    item_last = -_first(item, -day)
    return {
        "account_likes": _count(account),
        "item_likes": item_likes,
        "account_day_likes": _count(account, day),
        "item_day_likes": item_day,
        "account_gap_days": _gap(account, day),
        "item_rank": _rank(item, day),
        "item_age_days": day - item_first,
        "account_age_days": day - account_first,
        "weekday": (day + 3) % 7,
        "item_burst": item_day * (item_last - item_first + 1) / item_likes,
    }


def _group(*keys: np.ndarray) -> np.ndarray:
    """Number equal rows of keys alike."""
    code = np.zeros(keys[0].size, np.int64)
    for key in keys:
        _, inverse = np.unique(key, return_inverse=True)
        _, code = np.unique(code * (inverse.max() + 1) + inverse, return_inverse=True)
    return code


def _count(*keys: np.ndarray) -> np.ndarray:
    group = _group(*keys)
    return np.bincount(group)[group].astype(np.float64)


def _first(key: np.ndarray, day: np.ndarray) -> np.ndarray:
    group = _group(key)
    first = np.full(group.max() + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, group, day)
    return first[group]


def _gap(key: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Days since the group's last earlier day; NaN on its first."""
    group = _group(key)
    days, inverse = np.unique(np.stack([group, day]), axis=1, return_inverse=True)
    gap = np.full(days.shape[1], np.nan)
    same = days[0, 1:] == days[0, :-1]
    gap[1:][same] = (days[1, 1:] - days[1, :-1])[same]
    return gap[inverse.reshape(-1)]


def _rank(key: np.ndarray, day: np.ndarray) -> np.ndarray:
    """How many of the group came on an earlier day."""
    group = _group(key)
    order = np.lexsort((day, group))
    begins = np.searchsorted(group[order], group[order])
    width = int(day.max()) + 1
    line = group[order].astype(np.int64) * width + day[order]
    rank = np.empty(day.size)
    rank[order] = np.searchsorted(line, line) - begins
    return rank


def boosting(counts: dict[str, np.ndarray], reviews: Reviews, quick: bool) -> dict[str, np.ndarray]:
    """Test probabilities of two kinds of gradient boosting with the library's own settings."""
    from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier

    matrix = np.stack([np.nan_to_num(values, nan=-1.0) for values in counts.values()], 1)
    models = {
        "histogram gradient boosting": HistGradientBoostingClassifier(random_state=0),
        "gradient boosting": GradientBoostingClassifier(n_estimators=10 if quick else 100, random_state=0),
    }
    return {
        name: model.fit(matrix[reviews.train], reviews.fake[reviews.train]).predict_proba(
            matrix[reviews.test]
        )[:, 1]
        for name, model in models.items()
    }


def bitcoin() -> list[Row]:
    """Users of Bitcoin OTC, seen as those who rate and as those who are rated."""
    folder = data_folder()
    if not (folder / "bitcoin_otc_ratings.parquet").is_file():
        raise FileNotFoundError(f"{folder / 'bitcoin_otc_ratings.parquet'} is not there")
    ratings = pq.read_table(folder / "bitcoin_otc_ratings.parquet", columns=["src", "dst", "timestamp"])
    known = pa_csv.read_csv(folder / "bitcoin_otc_labels.csv")
    user, fake = known["user_id"].to_numpy(), known["label"].to_numpy() == -1
    results = []
    for role, account, item in (("raters", "src", "dst"), ("rated", "dst", "src")):
        log = ratings.select([account, item, "timestamp"]).rename_columns(["account", "item", "timestamp"])
        results += _users(f"Bitcoin OTC, {role}", log, user, fake)
    return results


def _users(name: str, log: pa.Table, user: np.ndarray, fake: np.ndarray) -> list[Row]:
    present = np.isin(user, log["account"].to_numpy())
    user, fake = user[present], fake[present]
    result = zhenzan.verify(log)
    degree = dict(zip(*np.unique(log["account"].to_numpy(), return_counts=True), strict=True))
    plain = _mean_of(result, user)
    part = np.empty(user.size, int)
    part[np.lexsort((user, fake))] = np.arange(user.size) % FOLDS
    chance = np.empty(user.size)
    for fold in range(FOLDS):
        taught = part != fold
        labels = pa.table({"account": user[taught], "fake": fake[taught].astype(np.int8)})
        judged = zhenzan.verify(log, policy=zhenzan.calibrate(result, labels))
        chance[~taught] = _mean_of(judged, user[~taught])
    about = f"{name} ({int(fake.sum())} of {fake.size} users)"
    return [
        Row(
            about, "account degree alone", area_under_roc(np.array([-degree[u] for u in user.tolist()]), fake)
        ),
        Row(about, "Zhenzan, unsupervised", area_under_roc(plain, fake)),
        Row(about, "Zhenzan, calibrated", area_under_roc(chance, fake), reliability(chance, fake).error),
    ]


def _mean_of(result: zhenzan.Result, user: np.ndarray) -> np.ndarray:
    """Mean probability of each user's likes."""
    account = result.verdicts["account"].to_numpy()
    known, inverse, counts = np.unique(account, return_inverse=True, return_counts=True)
    mean = np.bincount(inverse, _probability(result)) / counts
    return mean[np.searchsorted(known, user)]


if __name__ == "__main__":
    print(run())
