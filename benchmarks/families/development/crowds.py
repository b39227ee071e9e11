"""Natural crowds: many real people at one place and time, and groups that like together again and again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.families.development.draws import Dials, distinct
from benchmarks.families.development.scene import Scene
from benchmarks.world import DAY, HOUR, MINUTE


def add_crowds(scene: Scene, kinds: list[str]) -> None:
    """Add natural crowds of these kinds, as many and as large as the dials say."""
    for kind in kinds:
        {**CROWDS, **SERIES}[kind](scene, scene.dials.under(kind))


def _many(scene: Scene, count: float, least: int = 1) -> int:
    """A count of people or events, smaller in a small log."""
    return max(least, int(count * scene.shrink))


def _together(
    scene: Scene, crowd: int, people: np.ndarray, items: np.ndarray, chance: np.ndarray, delay: np.ndarray
) -> None:
    """Each of the people likes each item with their chance, `delay` f[items, people] µs after its birth."""
    row, who = np.nonzero(scene.rng.random((len(items), len(people))) < chance)
    scene.natural(people[who], items[row], scene.items.birth[items[row]] + delay[row, who], crowd)


def viral(scene: Scene, dials: Dials) -> None:
    """Items that everybody sees within some hours, whatever their tastes."""
    items = scene.rng.choice(scene.born_inside(), dials.whole("count", 1, 7), replace=False)
    for number, item in enumerate(items.tolist()):
        own = dials.under(str(number))
        who = scene.somebody(_many(scene, own.log("reach", 300, 4000), 60))
        begin = scene.items.birth[item] + scene.rng.exponential(6 * HOUR)
        time = begin + scene.rng.gamma(2, own.log("hours", 0.7, 8) / 2 * HOUR, len(who))
        if own.chance("at_own_hours", 0.4):
            time = scene.at_own_hours(time, who, np.full(len(who), begin))
        scene.natural(who, np.full(len(who), item), time, scene.crowd("viral"))


def fans(scene: Scene, dials: Dials) -> None:
    """Loyal fans of a creator, who like nearly everything they see of it, soon after it is posted."""
    for number in range(_many(scene, dials.whole("count", 3, 14), 2)):
        own = dials.under(str(number))
        creator = scene.items.creator[scene.rng.choice(scene.born_inside())]
        items = np.flatnonzero((scene.items.creator == creator) & (scene.items.birth > 0))
        who = scene.fellows(int(scene.items.topic[items[0]]), _many(scene, own.log("fans", 40, 450), 15))
        loyalty = scene.rng.beta(2, own.real("reluctance", 0.7, 6), len(who))
        delay = own.log("hours", 0.3, 6) * HOUR * scene.rng.lognormal(0, 1.0, (len(items), len(who)))
        _together(scene, scene.crowd("fans"), who, items, loyalty, delay)


def _rooms(scene: Scene, count: int) -> np.ndarray:
    """New items of creators chosen by how many items they have, born at any time."""
    like = scene.rng.choice(scene.born_inside(), count)
    birth = scene.rng.uniform(0, scene.span - DAY, count)
    return scene.items.append(scene.items.creator[like], scene.items.topic[like], birth)


def storm(scene: Scene, dials: Dials) -> None:
    """Live rooms, where hundreds like within minutes."""
    for number, item in enumerate(_rooms(scene, _many(scene, dials.whole("count", 3, 16), 2)).tolist()):
        own = dials.under(str(number))
        many = _many(scene, own.log("viewers", 150, 2500), 40)
        regulars = scene.fellows(int(scene.items.topic[item]), int(many * own.real("regulars", 0.4, 1.0)))
        who = np.union1d(regulars, scene.somebody(max(1, many - len(regulars))))
        length = own.log("minutes", 8, 80) * MINUTE
        time = scene.items.birth[item] + length * scene.rng.beta(*dials.rng.uniform(0.8, 4, 2), len(who))
        scene.natural(who, np.full(len(who), item), time, scene.crowd("storm"))


def push(scene: Scene, dials: Dials) -> None:
    """A notification that opens an item on many phones of one taste at once."""
    items = scene.rng.choice(scene.born_inside(), _many(scene, dials.whole("count", 4, 25), 2))
    for number, item in enumerate(items.tolist()):
        own = dials.under(str(number))
        who = scene.fellows(int(scene.items.topic[item]), _many(scene, own.log("opened", 80, 900), 25))
        begin = scene.items.birth[item] + scene.rng.exponential(3 * HOUR)
        time = begin + scene.rng.gamma(1.5, own.log("minutes", 3, 20) * MINUTE, len(who))
        scene.natural(who, np.full(len(who), item), time, scene.crowd("push"))


def television(scene: Scene, dials: Dials) -> None:
    """A creator is seen on television: people of every sort look it up, some of them new to the platform."""
    for number in range(dials.whole("count", 1, 3)):
        own = dials.under(str(number))
        old = scene.rng.choice(scene.born_inside(3 * DAY))
        items = np.flatnonzero(
            (scene.items.creator == scene.items.creator[old]) & (scene.items.birth <= scene.items.birth[old])
        )
        many = _many(scene, own.log("looked", 300, 2500), 60)
        who = distinct(scene.rng.integers(0, len(scene.people), many), many, scene.rng)
        who = np.concatenate([who, scene.newcomers(int(many * own.real("new", 0.0, 0.4)))])
        account = np.repeat(who, scene.rng.geometric(own.real("looks_once", 0.4, 1.0), len(who)))
        evening = (np.floor(scene.items.birth[old] / DAY) + 1) * DAY + own.real("hour", 18, 23) * HOUR
        time = evening + scene.rng.exponential(own.log("minutes", 10, 90) * MINUTE, len(account))
        favour = scene.rng.dirichlet(np.full(len(items), 0.7))
        scene.natural(
            account, scene.rng.choice(items, len(account), p=favour), time, scene.crowd("television")
        )


def recommended(scene: Scene, dials: Dials) -> None:
    """Items that the recommender shows to people of one taste within a few hours."""
    items = scene.rng.choice(scene.born_inside(), _many(scene, dials.log("count", 15, 160), 5))
    longest = dials.real("longest_hours", 3, 10)
    for item in items.tolist():
        who = scene.fellows(int(scene.items.topic[item]), _many(scene, scene.rng.uniform(60, 300), 25))
        begin = scene.items.birth[item] + scene.rng.exponential(5 * HOUR)
        time = begin + scene.rng.uniform(0, scene.rng.uniform(1.5, longest) * HOUR, len(who))
        scene.natural(who, np.full(len(who), item), time, scene.crowd("recommended"))


def klass(scene: Scene, dials: Dials) -> None:
    """School classes and offices: the same people like what is passed round in the same breaks."""
    for number in range(_many(scene, dials.whole("count", 3, 14), 2)):
        own = dials.under(str(number))
        who = scene.somebody(own.whole("people", 15, 45))
        sources = scene.items.creator[scene.rng.choice(scene.born_inside(), own.whole("creators", 2, 14))]
        eligible = np.flatnonzero(
            np.isin(scene.items.creator, sources) & (scene.items.birth < scene.span - DAY)
        )
        items = distinct(eligible, own.whole("shared", 6, 45), scene.rng)
        hour = scene.rng.choice(scene.rng.uniform(8, 17, own.whole("breaks", 1, 3)), (len(items), 1))
        birth = scene.items.birth[items][:, None]
        day = np.floor(np.maximum(birth, 0) / DAY) + scene.rng.integers(1, 3, (len(items), 1))
        minutes = scene.rng.exponential(own.log("minutes", 3, 15) * MINUTE, (len(items), len(who)))
        chance = scene.rng.beta(2, own.real("reluctance", 0.8, 4), len(who))
        _together(scene, scene.crowd("class"), who, items, chance, day * DAY + hour * HOUR + minutes - birth)


def exchange(scene: Scene, dials: Dials) -> None:
    """Small creators who like each other's new posts within the hour."""
    for number in range(_many(scene, dials.whole("count", 2, 9), 1)):
        own = dials.under(str(number))
        who = scene.somebody(own.whole("people", 12, 40))
        owned = distinct(scene.items.creator[scene.born_inside()], len(who), scene.rng)
        since = scene.span * own.real("since", 0.0, 0.5)
        items = np.flatnonzero(np.isin(scene.items.creator, owned) & (scene.items.birth > since))
        chance = np.clip(scene.rng.normal(own.real("share", 0.35, 0.85), 0.12, len(who)), 0.05, 0.95)
        delay = scene.rng.exponential(own.log("minutes", 8, 45) * MINUTE, (len(items), len(who)))
        _together(scene, scene.crowd("exchange"), who, items, chance, delay)


def club(scene: Scene, dials: Dials) -> None:
    """Organised fans of a star, who like its posts on call, and now and then those of fellow fans."""
    for number in range(_many(scene, dials.whole("count", 1, 5), 1)):
        own = dials.under(str(number))
        star = scene.rng.choice(scene.born_inside())
        topic = int(scene.items.topic[star])
        who = scene.fellows(topic, _many(scene, own.log("members", 60, 700), 25))
        kin = np.unique(scene.items.creator[(scene.items.topic == topic) & (scene.items.birth > 0)])
        followed = np.append(
            distinct(kin, own.whole("fellow_creators", 0, 6), scene.rng), scene.items.creator[star]
        )
        items = np.flatnonzero(np.isin(scene.items.creator, followed) & (scene.items.birth > 0))
        called = own.pick("call_hours", (0.25, 1.0, 12.0)) * HOUR
        birth = scene.items.birth[items][:, None]
        late = scene.rng.exponential(own.log("minutes", 2, 25) * MINUTE, (len(items), len(who)))
        chance = scene.rng.beta(3, own.real("reluctance", 0.5, 3), len(who))
        others = scene.items.creator[items] != scene.items.creator[star]
        chance = chance * np.where(others, own.real("for_fellows", 0.1, 0.5), 1.0)[:, None]
        _together(
            scene, scene.crowd("club"), who, items, chance, np.ceil(birth / called) * called - birth + late
        )


def festival(scene: Scene, dials: Dials) -> None:
    """A day or two on which everybody likes more of what is posted that day."""
    day = dials.whole("day", 2, int(scene.span / DAY) - 4)
    length = dials.whole("days", 1, 2)
    birth = scene.items.birth / DAY
    items = np.flatnonzero((birth > day) & (birth < day + length))
    if len(items) == 0:
        return
    share = dials.real("of_ordinary", 0.005, 0.05)
    account = scene.anyone.draw(np.zeros(int(scene.likes * share), np.int64), scene.rng)
    favour = scene.items.pull[items] ** 0.5 + 1e-9
    item = scene.rng.choice(items, len(account), p=favour / favour.sum())
    time = scene.items.birth[item] + scene.rng.exponential(dials.log("hours", 1, 8) * HOUR, len(account))
    scene.natural(account, item, time, scene.crowd("festival"))


def link(scene: Scene, dials: Dials) -> None:
    """A link on another site brings people to an item, many of whom join for it and are never seen again."""
    items = scene.rng.choice(scene.born_inside(2 * DAY), _many(scene, dials.whole("count", 3, 14), 2))
    for number, item in enumerate(items.tolist()):
        own = dials.under(str(number))
        many = _many(scene, own.log("came", 50, 700), 20)
        new = scene.newcomers(int(many * own.real("new", 0.1, 0.9)))
        who = np.concatenate([scene.somebody(max(1, many - len(new))), new])
        begin = scene.items.birth[item] + scene.rng.exponential(10 * HOUR)
        time = begin + scene.rng.gamma(1.5, own.log("hours", 0.2, 5) * HOUR, len(who))
        scene.natural(who, np.full(len(who), item), time, scene.crowd("link"))
        again = np.repeat(np.arange(len(who)), scene.rng.poisson(own.real("more", 0.0, 2.0), len(who)))
        beside = np.flatnonzero(scene.items.creator == scene.items.creator[item])
        elsewhere = scene.rng.choice(len(scene.items), len(again))
        more = np.where(scene.rng.random(len(again)) < 0.6, scene.rng.choice(beside, len(again)), elsewhere)
        scene.natural(who[again], more, time[again] + scene.rng.exponential(HOUR, len(again)))


def show(scene: Scene, dials: Dials) -> None:
    """Series of broadcasts, messages or live evenings of several creators that draw one audience again and
    again, the keener ones oftener, with others among them.
    """
    for number in range(dials.whole("series", 1, 4)):
        own = dials.under(str(number))
        audience = scene.somebody(_many(scene, own.log("audience", 300, 6000), 60))
        keen = scene.rng.beta(own.real("keenness", 0.3, 2.0), own.real("reluctance", 3, 12), len(audience))
        items = scene.rng.choice(scene.born_inside(), _many(scene, own.whole("shows", 6, 45), 4))
        minutes, late = own.log("minutes", 5, 240) * MINUTE, own.log("late_hours", 0.2, 20) * HOUR
        strangers = own.real("strangers", 0.3, 0.8)
        for item in items.tolist():
            came = audience[scene.rng.random(len(audience)) < keen]
            who = np.union1d(came, scene.somebody(int(len(came) * strangers / (1.0 - strangers)) + 1))
            begin = scene.items.birth[item] + scene.rng.exponential(late)
            time = begin + scene.rng.gamma(1.5, minutes / 1.5, len(who))
            scene.natural(who, np.full(len(who), item), time, scene.crowd("show"))


Crowd = Callable[[Scene, Dials], None]

#: Series of crowds of one audience, which the worlds that draw among `CROWDS` do not have.
SERIES: dict[str, Crowd] = {"show": show}

#: Every kind of natural crowd.
CROWDS: dict[str, Crowd] = {
    "viral": viral,
    "fans": fans,
    "storm": storm,
    "push": push,
    "television": television,
    "recommended": recommended,
    "class": klass,
    "exchange": exchange,
    "club": club,
    "festival": festival,
    "link": link,
}
