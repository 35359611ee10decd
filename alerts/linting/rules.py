"""Every rule, by its name."""

from __future__ import annotations

from collections.abc import Mapping

from alerts.linting import (
    arguing,
    blame,
    courtesy,
    guesses,
    internal,
    names,
    own_words,
    parts,
    passing_on,
    plain_words,
    policy,
    private,
    promises,
    room,
    sarcasm,
    slots,
    swearing,
    times,
)
from alerts.linting.rule import Rule

_OWN_WORDS = own_words.banned(())

RULES: Mapping[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule(
            "arguing",
            "error",
            "Who is proved wrong in public stays angry, and everybody reads it.",
            arguing.arguing,
        ),
        Rule(
            "policy",
            "error",
            "Policy as a reason for no tells customers that they matter less than your rules.",
            policy.policy,
        ),
        Rule("promise", "error", "A promise that nothing supports is the next complaint.", promises.promise),
        Rule(
            "time", "error", "A time that nothing supports is remembered, and held against you.", times.time
        ),
        Rule(
            "no-acknowledgement",
            "warning",
            "Who does not read what happened to them does not feel heard.",
            courtesy.no_acknowledgement,
        ),
        Rule(
            "no-thanks",
            "warning",
            "Who complains gives you a chance to put it right; most just leave.",
            courtesy.no_thanks,
        ),
        Rule(
            "no-apology",
            "warning",
            "Without an apology the rest sounds like an excuse, whoever was at fault.",
            courtesy.no_apology,
        ),
        Rule(
            "conditional-apology",
            "error",
            "An apology with an if doubts the customer, or is sorry for their feelings.",
            courtesy.conditional_apology,
        ),
        Rule("wrong-name", "error", "A wrong name shows that nobody looked.", names.wrong_name),
        Rule("title", "error", "A title that was guessed is wrong for many, and offends them.", names.title),
        Rule("sarcasm", "error", "Irony about a customer is what gets passed around.", sarcasm.sarcasm),
        Rule(
            "internal",
            "error",
            "What is said among colleagues must never reach a customer.",
            internal.internal,
        ),
        Rule(
            "passed-on",
            "error",
            "Customers who are sent on without a name have to begin again, and feel unwanted.",
            passing_on.passed_on,
        ),
        Rule(
            "half-knowledge",
            "warning",
            "A guess is read as a fact, and turns against you when it was wrong.",
            guesses.half_knowledge,
        ),
        Rule(
            "empty-slot",
            "error",
            "A slot left empty shows that a form was sent, and nobody read it.",
            slots.empty_slot,
        ),
        Rule("jargon", "warning", "Words of the trade shut customers out.", plain_words.jargon),
        Rule(
            "script",
            "warning",
            "Phrases that everybody gets say that nobody is listening.",
            plain_words.script,
        ),
        Rule(
            "blame", "error", "Customers bought from you: blaming others sounds like an excuse.", blame.blame
        ),
        Rule(
            "personal-data",
            "error",
            "What identifies a person or an order is not for everybody to read.",
            private.personal_data,
        ),
        Rule(
            "profanity",
            "error",
            "Swearing loses the customer, and everybody who reads along.",
            swearing.profanity,
        ),
        Rule("too-long", "error", "The platform would cut or refuse it.", room.too_long),
        Rule(
            "compensation",
            "error",
            "Compensation named in public at first contact feeds the storm, and invites others.",
            private.compensation,
        ),
        Rule(
            "no-status",
            "warning",
            "Without the status customers don't know whether anybody has begun.",
            parts.no_status,
        ),
        Rule("no-next-step", "warning", "Without a next step it is only words.", parts.no_next_step),
        Rule("no-time", "warning", "Without a time customers ask again, in public.", parts.no_time),
        Rule(
            "no-outcome",
            "warning",
            "Customers want to know what they will have in the end.",
            parts.no_outcome,
        ),
        Rule("unsigned", "warning", "A person with a name is believed; a logo is not.", parts.unsigned),
        Rule(
            "long-exchange",
            "warning",
            "Each further public turn shows the complaint to more people.",
            room.long_exchange,
        ),
        Rule("banned", "error", "Your brand never says this.", _OWN_WORDS),
        Rule("preferred", "warning", "Your brand has another word for this.", _OWN_WORDS),
    )
}
