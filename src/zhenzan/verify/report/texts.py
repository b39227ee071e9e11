"""Every fixed text of the page as a pair (English, Chinese). `{names}` are filled with numbers and ids."""

from __future__ import annotations

from zhenzan.pages import COUNTS

__all__ = ["TEXTS"]

TEXTS: dict[str, tuple[str, str]] = {
    "title": ("Like verification report", "点赞核验报告"),
    "skip": ("Skip to the findings", "跳到结论"),
    "theme": ("Light / dark", "明 / 暗"),
    "contents": ("Contents", "目录"),
    # headline
    **COUNTS,
    "lede": (
        "{verified} of {claimed} claimed likes are verified.",
        "声称的 {claimed} 个赞中，核实 {verified} 个。",
    ),
    "lede_empty": ("There are no likes to judge.", "没有可判定的赞。"),
    "bubble": (
        "{share} of the likes could not be verified. With 95 % confidence, between {low} and "
        "{high} are genuine.",
        "{share} 的赞无法核实。真赞数目的 95 % 区间为 {low} 至 {high}。",
    ),
    "bubble_none": (
        "Nearly every like stands. With 95 % confidence, between {low} and {high} are genuine.",
        "几乎每个赞都成立。真赞数目的 95 % 区间为 {low} 至 {high}。",
    ),
    "two_counts": (
        "Verified is the number of likes expected to be genuine: an uncertain like counts in part. The parts "
        "under the bar sort every claimed like into one, so they add up to the claimed.",
        "核实数是预期的真赞数：存疑的赞只计一部分。横条下的各部分把每个声称的赞归入一类，相加即为声称数。",
    ),
    "tile_rings": ("rings found", "发现的团伙"),
    "tile_ring_accounts": ("accounts in rings", "团伙账号"),
    "tile_campaigns": ("bought campaigns", "刷量"),
    "tile_cleared": ("bursts examined and cleared", "审查后放行的集中点赞"),
    "not_counted": (
        "Not counted among the claimed: {repeated} repeated and {cancelled} taken back.",
        "未计入声称数：重复 {repeated} 个，已取消 {cancelled} 个。",
    ),
    "idle_text": (
        "By hired accounts: {idle} likes that were not bought, of accounts that mostly sell. They "
        "say nothing of anybody's interest, so none of them is verified.",
        "受雇账号所点：{idle} 个赞虽非购买，但来自以卖赞为主的账号，并非真实兴趣，一个也不核实。",
    ),
    "untold": (
        "Whether {untold} of the likes were bought cannot be told from one item: they are more than the "
        "item's own pace explains, and its accounts are hardly seen elsewhere. They count by half, "
        "and the interval holds both answers.",
        "有 {untold} 个赞是否买来，仅凭一个作品无法判断：它们超出作品自身的节奏，"
        "而其账号在别处几乎没有出现过。"
        "它们只计一半，区间包含两种可能。",
    ),
    # sections
    "certainty": ("How sure we are", "有多确定"),
    "certainty_text": (
        "Every like has a probability of being fake. From {fake_threshold} it is called fake, up to "
        "{genuine_threshold} genuine, between the two uncertain. The verified number adds up the "
        "probabilities of "
        "being genuine, so an uncertain like counts in part. Its interval takes likes to be judged wrongly "
        "together: it reaches to what the number would be were all evidence much stronger, and weaker.",
        "每个赞都有一个刷赞概率：达到 {fake_threshold} 判为刷赞，不超过 {genuine_threshold} 判为真赞，"
        "其间为存疑。核实数是各赞为真的概率之和，因此存疑的赞只计一部分。计算区间时，假定各赞会一同判错：区间两端是全部证据都强得多或弱得多时的核实数。",
    ),
    "items": ("Where the bubble is", "泡沫在哪里"),
    "items_text": (
        "The {shown} with the largest difference between claimed and verified likes, of {total}.",
        "声称与核实相差最大的 {shown}（共 {total}）。",
    ),
    "items_none": ("No item claims more likes than it has.", "没有作品声称的赞多于实有的赞。"),
    "item": ("item", "作品"),
    "creator": ("creator", "创作者"),
    "interval": ("95 % interval", "95 % 区间"),
    "by_verdict": ("by verdict", "按判定"),
    "bursts": ("Bursts: bought, and cleared", "集中点赞：买来的与放行的"),
    "bursts_text": (
        "A burst is not a crime. Examined and cleared: {cleared}. Judged to be bought: {bought}. "
        "What counts is not how large a burst is, but who came. On the dashed line a burst is exactly as "
        "large as expected.",
        "赞多不是错。经审查放行：{cleared}；判为买来：{bought} 次。关键不在于规模，而在于来的是谁。"
        "虚线上的点与预期完全一致。",
    ),
    "bursts_none": ("No burst was large enough to be examined.", "没有需要审查的集中点赞。"),
    "cleared_title": ("The largest that were cleared", "放行的最大几次"),
    "cleared_none": ("None was cleared.", "没有放行的。"),
    "received": ("received", "得到"),
    "expected": ("expected", "预期"),
    "within": ("within", "时长"),
    "suspects": ("called fake", "判为刷赞"),
    "chance": ("likely bought", "买来的概率"),
    "start": ("start (UTC)", "开始（UTC）"),
    "rings": ("The rings", "团伙"),
    "rings_text": (
        "A ring is accounts that keep taking part in the same campaigns. Here are {shown} of {total}.",
        "团伙是一再参与同样刷量的账号。这里列出 {shown} 个（共 {total}）。",
    ),
    "rings_none": (
        "No ring was found: no group of accounts keeps appearing together where it should not.",
        "没有发现团伙：没有一批账号一再不合理地同时出现。",
    ),
    "network_caption": (
        "Who with whom. A circle is a campaign, its area the number of likes; a line joins "
        "campaigns that share "
        "accounts, the thicker the larger the shared part.",
        "谁与谁。圆是一次刷量，面积为赞数；连线表示有共同账号，越粗则共同的比例越大。",
    ),
    "rasters_caption": (
        "When, and on what. A row is an item, a cell a span of time (UTC): the ring's likes in "
        "red over everybody "
        "else's in grey.",
        "何时、对什么。一行是一个作品，一格是一段时间（UTC）：红色为团伙的赞，灰色为其他人的赞。",
    ),
    "ring": ("ring", "团伙"),
    "ring_title": ("Ring", "团伙"),
    "kind": ("kind", "类型"),
    "accounts": ("accounts", "账号"),
    "campaigns": ("campaigns", "刷量"),
    "creators": ("creators", "创作者"),
    "likes": ("likes", "赞"),
    "at_work": ("at work", "活动时间"),
    "mean_probability": ("mean probability", "平均概率"),
    "story": ("One ring, told", "一个团伙的故事"),
    "matrix_caption": (
        "Its most active accounts (rows) and its campaigns in order of time (columns): a mark "
        "where one took part. "
        "Real viewers fill such a table at random; a crew fills it in columns.",
        "最活跃的账号（行）与按时间排列的刷量（列）：参与处有标记。真实观众的分布是零散的，团伙则整列整列地出现。",
    ),
    "typical": ("Three likes, explained", "三个赞的来龙去脉"),
    "typical_text": (
        "Evidence is weighed in decibans (dB): +10 dB makes fake ten times likelier, −10 dB "
        "genuine ten times "
        "likelier. Weights add up from the prior to the verdict.",
        "证据以 dB（deciban）计：+10 dB 表示刷赞的几率变为十倍，−10 dB 表示真赞的几率变为十倍。"
        "各项权重从先验一路相加，得到判定。",
    ),
    "typical_fake": ("Called fake", "判为刷赞"),
    "typical_uncertain": ("Left uncertain", "存疑"),
    "typical_cleared": ("Cleared, although in a burst", "虽在集中点赞之中，仍放行"),
    "typical_none": ("There is no like to show.", "没有可展示的赞。"),
    "evidence": ("What spoke", "哪些证据说了话"),
    "evidence_text": (
        "How often each kind of evidence spoke, and how strongly on average. Of {silent} nothing "
        "is known beyond "
        "the prior.",
        "每种证据说话的次数与平均强度。有 {silent} 除先验之外一无所知。",
    ),
    "evidence_sampled": (
        "Counted on every {step}-th row and scaled up.",
        "按每 {step} 行取一行计数后放大。",
    ),
    "evidence_none": ("No evidence spoke: every like has the prior alone.", "没有证据说话：所有赞只有先验。"),
    "kind_of_evidence": ("kind of evidence", "证据种类"),
    "for_fake": ("for fake", "指向刷赞"),
    "for_genuine": ("for genuine", "指向真赞"),
    "mean_weight": ("mean", "平均"),
    "unknown": ("What the log could not tell", "日志没有说的"),
    "unknown_text": (
        "These columns are absent. With them, more could be known:",
        "缺少以下列；若有它们，可以知道更多：",
    ),
    "unknown_none": (
        "The log has every column that the model can use.",
        "模型用得上的列，日志都有。",
    ),
    "honest": (
        "A verdict is a probability, not a proof: single likes that nobody coordinated leave "
        "little trace in a log, "
        "and bots' likes on popular items look like anybody's.",
        "判定是概率，不是铁证：没有组织的零星刷赞在日志中几乎不留痕迹，机器人对热门作品的赞也与常人无异。",
    ),
    "column": ("column", "列"),
    "would_add": ("what it would add", "能补充什么"),
    "making": ("How this was made", "报告由来"),
    "policy": ("policy", "策略"),
    "version": ("Zhenzan version", "真赞版本"),
    "sources": ("read from", "来源"),
    "rows": ("rows read", "读取行数"),
    "rejected": ("rows rejected", "拒收行数"),
    "period": ("period of the likes (UTC)", "点赞时段（UTC）"),
    "prior": ("prior of fake", "刷赞先验"),
    "thresholds": ("thresholds", "阈值"),
    "present": ("columns used", "用到的列"),
    "time": ("time taken", "用时"),
    "seconds": ("{seconds} s", "{seconds} 秒"),
    "footer": (
        "Every like has its reasons: zhenzan explain --like, --account, --item or --ring.",
        "每个赞都有理由：zhenzan explain --like、--account、--item 或 --ring。",
    ),
    # what a screen reader says of a chart
    "alt_certainty": ("Likes by probability of being fake", "按刷赞概率分布的赞"),
    "alt_bursts": ("Likes received against likes expected, per burst", "每次集中点赞：得到与预期"),
    "alt_network": ("Rings and their campaigns as a network", "团伙与刷量的网络图"),
    "alt_raster": ("Likes of ring {ring} by item and time", "团伙 {ring} 的赞：按作品与时间"),
    "alt_matrix": ("Accounts and campaigns of ring {ring}", "团伙 {ring} 的账号与刷量"),
    "alt_waterfall": ("From prior to verdict", "从先验到判定"),
    "alt_evidence": ("How often each kind of evidence spoke", "各种证据说话的次数"),
}
