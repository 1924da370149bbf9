"""The words of the page, in the languages that it can be switched to."""

from __future__ import annotations

_EN = {
    "language": "Language", "jobs": "jobs", "of": "of", "environment": "Environment", "made": "made",
    "overview": "Overview", "timeline": "Timeline", "timeline_help": "One line a job, in the order of the table. "
    "Arrow keys or the pointer tell which; Enter or a click opens it.",
    "over_time": "Jobs over time", "depends": "waits for other jobs", "waiting": "waits for a machine "
    "(RUNNABLE, STARTING)", "waiting_alone": "waits for a machine (RUNNABLE)",
    "starting": "its container is started (STARTING)", "running": "runs", "succeeded": "ran, ended well",
    "failed": "ran, failed",
    "waited_title": "Waited for a machine", "ran_title": "Ran (last attempt)", "median": "median", "p90": "90 %",
    "most": "longest", "failures": "Failures by cause", "no_failures": "Nothing has failed.",
    "example": "For example", "log_end": "the end of its log", "retry_true": "The same job may go well when it is "
    "tried again.", "retry_false": "The same job would fail again: change something first.", "aws": "AWS:",
    "show_these": "Show these jobs", "table": "Jobs", "find": "Find in name, id, image, command", "any": "any",
    "job": "job", "name": "name", "index": "index", "status": "status", "queue": "queue", "definition": "definition",
    "cause": "cause", "submitted": "submitted", "waited": "waited", "ran": "ran", "attempts": "attempts",
    "vcpu": "vCPU", "memory": "MiB", "gpu": "GPU", "exit": "exit", "used_memory": "MiB used",
    "used_cores": "cores used", "cost": "cost ($, at most)", "image": "image", "request": "request", "said": "AWS says",
    "attempt": "attempt", "children": "children", "previous": "Previous", "next": "Next", "shown": "shown",
    "nothing": "No jobs.", "clear": "Show all", "missing": "What is missing", "next_steps": "What helps",
    "not_known": "not known",
    "close": "Close",
    "missing_starting": "When jobs went from RUNNABLE to STARTING is told by events alone, and none were found: "
    "both count as waiting.",
    "missing_unknown": "{n} of the jobs asked for are not shown by AWS: ended jobs go after about seven days.",
    "missing_listed": "{n} children were listed and not described: without image, request and earlier attempts.",
    "missing_rows": "{n} jobs are in the numbers and not in timeline and table, which have those that tell most: "
    "failures first, then what has not ended, the others evenly in time.",
    "missing_ready": "For {n} of the jobs AWS no longer shows when a job that they waited for ended: that time "
    "counts as waiting for a machine.",
    "missing_usage": "What the jobs used of what they asked for was not measured.",
    "missing_some_usage": "What {n} of the jobs used was not measured, or not looked for: that is done for the first "
    "2,000 ended ones.",
    "missing_cost": "What the jobs cost is not known.",
    "missing_some_cost": "What {n} of the jobs cost is not known, and in no sum.",
    "sums": "Used of what was asked for, and cost", "measured": "measured", "memory_asked": "MiB asked for",
    "memory_median": "MiB used, median", "memory_most": "most", "vcpu_asked": "vCPU asked for",
    "cores_median": "cores used, median", "price": "cost ($)", "sums_help": "List prices without discounts, from the "
    "cheapest to the dearest instance that a job may have run on.",
    "selected": "selected", "less": "less", "depends_on": "jobs it depends on", "no_data": "nothing to show",
}  # fmt: skip

_JA = {
    "language": "言語", "jobs": "ジョブ", "of": "/", "environment": "環境", "made": "作成",
    "overview": "概要", "timeline": "タイムライン", "timeline_help": "1 行が 1 ジョブで、表と同じ順です。"
    "矢印キーまたはポインターで選び、Enter またはクリックで開きます。",
    "over_time": "ジョブ数の推移", "depends": "依存ジョブ待ち", "waiting": "マシン待ち(RUNNABLE、STARTING)",
    "waiting_alone": "マシン待ち(RUNNABLE)", "starting": "コンテナの起動中(STARTING)",
    "running": "実行中", "succeeded": "実行して成功", "failed": "実行して失敗",
    "waited_title": "マシン待ちの時間", "ran_title": "実行時間(最後の試行)", "median": "中央値", "p90": "90 %",
    "most": "最長", "failures": "原因別の失敗", "no_failures": "失敗したジョブはありません。",
    "example": "例", "log_end": "ログの末尾", "retry_true": "同じジョブを再試行すると成功する可能性があります。",
    "retry_false": "同じジョブは再び失敗します。先に何かを変更してください。", "aws": "AWS:",
    "show_these": "該当するジョブを表示", "table": "ジョブ一覧", "find": "名前、ID、イメージ、コマンドで検索",
    "any": "すべて", "job": "ジョブ", "name": "名前", "index": "インデックス", "status": "状態", "queue": "キュー",
    "definition": "ジョブ定義", "cause": "原因", "submitted": "投入", "waited": "待ち", "ran": "実行",
    "attempts": "試行",
    "vcpu": "vCPU", "memory": "MiB", "gpu": "GPU", "exit": "終了コード", "used_memory": "使用 MiB",
    "used_cores": "使用コア", "cost": "費用 ($、最大)", "image": "イメージ", "request": "リクエスト",
    "said": "AWS の説明",
    "attempt": "試行", "children": "子ジョブ", "previous": "前へ", "next": "次へ", "shown": "件を表示",
    "nothing": "ジョブはありません。", "clear": "すべて表示", "missing": "含まれていないもの", "next_steps": "対処",
    "not_known": "不明", "close": "閉じる",
    "missing_starting": "RUNNABLE から STARTING に移った時刻はイベントだけが示しますが、見つかりませんでした。"
    "どちらも待ち時間に含めます。",
    "missing_unknown": "指定したジョブのうち {n} 件は AWS に表示されません。終了したジョブは約 7 日で消えます。",
    "missing_listed": "{n} 件の子ジョブは一覧のみを取得しました。イメージ、リクエスト、以前の試行は含みません。",
    "missing_rows": "{n} 件のジョブは集計のみに含まれ、タイムラインと表にはありません。失敗、未終了の順に"
    "優先し、残りは時間順に均等に選んでいます。",
    "missing_ready": "{n} 件のジョブでは、待っていたジョブの終了時刻が AWS に残っていません。"
    "その時間はマシン待ちに含めます。",
    "missing_usage": "要求に対する実際の使用量は計測されていません。",
    "missing_some_usage": "{n} 件のジョブの使用量は計測されていないか、取得していません。"
    "取得するのは終了した最初の 2,000 件だけです。",
    "missing_cost": "ジョブの費用は不明です。",
    "missing_some_cost": "{n} 件のジョブの費用は不明で、合計に含まれていません。",
    "sums": "要求に対する使用量と費用", "measured": "計測済み", "memory_asked": "要求 MiB",
    "memory_median": "使用 MiB(中央値)", "memory_most": "最大", "vcpu_asked": "要求 vCPU",
    "cores_median": "使用コア(中央値)", "price": "費用 ($)", "sums_help": "割引前の定価です。実行された可能性のある"
    "インスタンスのうち、最も安いものから最も高いものまでの範囲で示します。",
    "selected": "選択中", "less": "未満", "depends_on": "依存するジョブの数", "no_data": "表示するものがありません",
}  # fmt: skip

WORDS = {"en": _EN, "ja": _JA}
"""Language → key → words; both have the same keys."""
