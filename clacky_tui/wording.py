"""How figures of a session read, in every front end."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from clacky_tui.domain.money import format_tokens, format_usd
from clacky_tui.domain.usage import tokens_per_second
from clacky_tui.i18n import tr, tr_count, tr_noop

if TYPE_CHECKING:
    from clacky_tui import events

TASK_WORDS = {
    "done": tr_noop("done"),
    "cancelled": tr_noop("stopped"),
    "error": tr_noop("failed"),
    "budget": tr_noop("stopped by a budget"),
    "awaiting_feedback": tr_noop("waiting for your answer"),
}


def format_duration(seconds: float) -> str:
    """`0.0s` below ten seconds, `48s` below a minute, then `4:12` and `1:04:12`."""
    if seconds < 9.95:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}:{rest:02}"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"


def format_hit_rate(tokens: events.TokenCounts) -> str:
    """Share of the input read from cache, e.g. `97.6%`; empty without any input."""
    total = tokens.input_tokens + tokens.cache_read_tokens + tokens.cache_creation_tokens
    return f"{100 * tokens.cache_read_tokens / total:.1f}%" if total else ""


def cache_words(tokens: events.TokenCounts) -> str:
    """The hit rate for the session bar, e.g. `cache 97%`, never rounded up; empty without input."""
    total = tokens.input_tokens + tokens.cache_read_tokens + tokens.cache_creation_tokens
    return (
        tr("cache {cache_read_tokens}%", cache_read_tokens=100 * tokens.cache_read_tokens // total)
        if total
        else ""
    )


def explain_miss(missed: events.CacheMissed) -> str:
    """Why a request missed: the cause, then where the difference begins when that says more."""
    if missed.first_difference and missed.first_difference not in missed.cause:
        return f"{missed.cause} ({missed.first_difference})"
    return missed.cause


def miss_notice(missed: events.CacheMissed, *, simulated: bool) -> tuple[str, str]:
    """What a cache miss came to, then why and what follows, for the place where it happened."""
    tokens = format_tokens(missed.expected_tokens - missed.got_tokens)
    if missed.extra_cost is None:
        extra = tr("cost unknown")
    else:
        extra = f"+{format_usd(missed.extra_cost)}{tr(' demo') if simulated else ''}"
    why = explain_miss(missed)
    next_step = tr("next requests hit again · /context lists every miss")
    return tr(
        "cache miss: {tokens} tokens re-read at full price, {extra}", tokens=tokens, extra=extra
    ), f"{why}\n{next_step}"


COMPRESSION_REASONS = {
    "threshold": tr_noop("the conversation has grown long"),
    "idle": tr_noop("before the cache expires"),
    "overflow": tr_noop("the model's window is full"),
    "asked": tr_noop("as you asked"),
}


def compression_start(started: events.CompressionStarted) -> str:
    """What is being compressed, and why."""
    tokens, reason = format_tokens(started.tokens), tr(COMPRESSION_REASONS[started.reason])
    return tr(
        "compressing {tokens} tokens in {messages} messages, {reason}",
        tokens=tokens,
        messages=started.messages,
        reason=reason,
    )


def compression_end(finished: events.CompressionFinished, *, simulated: bool) -> str:
    """What the compression came to."""
    if finished.outcome != "done":
        ending = tr({"cancelled": "stopped", "failed": "failed"}[finished.outcome])
        return tr("compression {ending}; the conversation is as it was", ending=ending)
    before, after = format_tokens(finished.before_tokens), format_tokens(finished.after_tokens)
    parts = [tr("compressed {before} tokens to {after}", before=before, after=after)]
    if finished.cache_hit_rate is not None:
        parts.append(
            tr("cache {cache_hit_rate:.1f}%", cache_hit_rate=100 * finished.cache_hit_rate)
        )
    cost = "" if finished.cost is None else format_usd(finished.cost)
    parts.append((cost or tr("cost unknown")) + (tr(" demo") if simulated else ""))
    return " · ".join(parts)


def compression_undone(undone: events.CompressionUndone, *, simulated: bool) -> tuple[str, str]:
    """What the conversation is again, then what its next request may cost."""
    tokens = format_tokens(undone.after_tokens)
    text = tr(
        "compression undone: {tokens} tokens in {messages} messages again",
        tokens=tokens,
        messages=undone.messages,
    )
    if undone.cold_cost is None:
        cost = tr("at a cost that is not known")
    else:
        cost = tr("for {switch_cost}", switch_cost=format_usd(undone.cold_cost)) + (
            tr(" demo") if simulated else ""
        )
    return text, tr(
        "the next request reads all of it anew, {cost}, unless it is still cached", cost=cost
    )


def model_test_line(tested: events.ModelTested, *, simulated: bool) -> str:
    """How the test of one model went: whether it answers, how soon, how fast, for how much."""
    name = f"{tested.model} ({tested.provider})" if tested.provider else tested.model
    parts = [f"{name} {tr('answers') if tested.ok else tr('failed')}"]
    waited, duration = tested.time_to_first_token_seconds, tested.duration_seconds
    if waited is not None:
        parts.append(tr("first token {waited:.2f}s", waited=waited))
    if duration:
        parts.append(tr("total {duration:.2f}s", duration=duration))
    if tested.output_tokens is not None:
        parts.append(tr("out {output_tokens}", output_tokens=format_tokens(tested.output_tokens)))
    if rate := tokens_per_second(tested.output_tokens, waited, duration):
        parts.append(tr("{rate:.0f} tokens/s", rate=rate))
    if tested.ok or tested.cost:
        parts.append(format_usd(tested.cost) + (tr(" demo") if simulated else ""))
    return " · ".join(parts)


def budget_warning(warned: events.BudgetWarned) -> str:
    """How much of a budget is used."""
    if warned.unit == "usd":
        spent, limit = format_usd(warned.spent), format_usd(warned.limit)
    else:
        spent, limit = f"{warned.spent:f}", tr("{limit:f} turns", limit=warned.limit)
    share = f" ({100 * warned.spent / warned.limit:.0f} %)" if warned.limit else ""
    whose = tr(" for {share}", share=warned.share) if warned.share else ""
    return tr(
        "{spent} of the {scope} budget of {limit}{whose} is used{share}.",
        spent=spent,
        scope=tr(warned.scope),
        limit=limit,
        whose=whose,
        share=share,
    )


def format_cost(cost: Decimal, unpriced_requests: int, *, simulated: bool) -> str:
    """A sum of costs: `?` when nothing in it has a price, marked when some has not."""
    if unpriced_requests and not cost:
        text = format_usd(None)
    else:
        text = format_usd(cost) + ("+?" if unpriced_requests else "")
    return text + tr(" demo") if simulated else text


def count_requests(count: int) -> str:
    """`1 request`, `2 requests`."""
    return tr_count("{n} request", "{n} requests", count)


def completion_line(ended: events.TaskEnded, *, simulated: bool, detail: str = "full") -> str:
    """The line under a finished task, with what the preference `token_line` wants said.

    "full" tells time, requests, tokens by class, hit rate and cost; "short" leaves the classes out;
    "off" tells the time.
    """
    usage = ended.usage
    parts = [
        tr(
            "{task_words} in {duration_seconds}",
            task_words=tr(TASK_WORDS[ended.outcome]),
            duration_seconds=format_duration(ended.duration_seconds),
        )
    ]
    if detail == "off" or not ended.requests:
        return parts[0]
    parts.append(count_requests(ended.requests))
    hit_rate = format_hit_rate(usage)
    if hit_rate and detail == "full":
        parts += [
            tr("in {input_tokens}", input_tokens=format_tokens(usage.input_tokens)),
            tr(
                "read {cache_read_tokens}", cache_read_tokens=format_tokens(usage.cache_read_tokens)
            ),
            tr(
                "wrote {cache_creation_tokens}",
                cache_creation_tokens=format_tokens(usage.cache_creation_tokens),
            ),
            tr("out {output_tokens}", output_tokens=format_tokens(usage.output_tokens)),
        ]
    if hit_rate:
        parts.append(tr("cache {hit_rate}", hit_rate=hit_rate))
    parts.append(format_cost(ended.cost, ended.unpriced_requests, simulated=simulated))
    return " · ".join(parts)


def cost_report(recorded: events.UsageRecorded | None) -> str:
    """The answer to `/cost`, several lines."""
    if recorded is None:
        return tr("No request has been made in this session yet.")
    tokens = recorded.session_tokens
    cost = format_cost(
        recorded.session_cost,
        recorded.session_unpriced_requests,
        simulated=recorded.simulated,
    )
    lines = [
        tr(
            "This session: {session_requests}, {cost}",
            session_requests=count_requests(recorded.session_requests),
            cost=cost,
        ),
        tr("  input         {input_tokens:>12}", input_tokens=format_tokens(tokens.input_tokens)),
        tr(
            "  cache read    {cache_read_tokens:>12}  {tokens} of all input",
            cache_read_tokens=format_tokens(tokens.cache_read_tokens),
            tokens=format_hit_rate(tokens),
        ),
        tr(
            "  cache written {cache_creation_tokens:>12}",
            cache_creation_tokens=format_tokens(tokens.cache_creation_tokens),
        ),
        tr(
            "  output        {output_tokens:>12}", output_tokens=format_tokens(tokens.output_tokens)
        ),
    ]
    if recorded.session_unpriced_requests:
        count = count_requests(recorded.session_unpriced_requests)
        lines.append(tr("  Not in the sum, because the price is not known: {count}.", count=count))
    lines.append(tr("Days and models: /billing"))
    return "\n".join(lines)
