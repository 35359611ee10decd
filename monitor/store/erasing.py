"""What a mention said goes from wherever it was quoted: titles and summaries of stories, and alerts that name them."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.model import Mention, MentionKey
from monitor.store.database import Database
from monitor.store.values import mention_name, to_key
from monitor.wording.sentences import title
from monitor.wording.text import quoted

ERASED_TITLE = "(erased)"


def stories_of(db: Database, keys: Iterable[MentionKey]) -> set[int]:
    rows = [
        next(db.query("SELECT story_id FROM mentions WHERE source = ? AND id = ?", list(key)), None)
        for key in keys
    ]
    return {row["story_id"] for row in rows if row and row["story_id"] is not None}


def quoting(db: Database, keys: Iterable[MentionKey]) -> set[int]:
    """The stories of the mentions, and those that are still named after one that went to another story."""
    keys = list(keys)
    rows = (
        row
        for key in keys
        for row in db.query(
            "SELECT id FROM stories WHERE title_mention = ? OR summary_mention = ?",
            [f"{key.source} {key.id}"] * 2,
        )
    )
    return stories_of(db, keys) | {row["id"] for row in rows}


def words_changed(db: Database, mention: Mention) -> None:
    """A mention was edited: what it said before stays nowhere. A story titled after it is titled after its new words, one
    summed up by it has no summary."""
    db.erased = True
    name = mention_name(mention.key)
    for story in quoting(db, [mention.key]):
        row = next(db.query("SELECT title_mention FROM stories WHERE id = ?", [story]))
        if row["title_mention"] == name:
            _entitle(db, story, title(mention.text), name)
        db.execute(
            "UPDATE stories SET summary = '', summary_mention = '' WHERE id = ? AND summary_mention = ?",
            [story, name],
        )


def words_erased(db: Database, stories: Iterable[int]) -> None:
    """Nothing of an erased mention stays in its story: one titled after it takes another title, one summed up by it has
    no summary, one without any live mention keeps nothing that was said, and one that nothing refers to goes."""
    db.erased = True
    for story in stories:
        row = next(db.query("SELECT title_mention, summary_mention FROM stories WHERE id = ?", [story]))
        if not _is_in(db, row["summary_mention"], story):
            db.execute("UPDATE stories SET summary = '', summary_mention = '' WHERE id = ?", [story])
        if _is_in(db, row["title_mention"], story):
            continue
        other = next(
            db.query(
                """SELECT source, id, text FROM mentions WHERE story_id = ? AND deleted_at IS NULL
                   ORDER BY created_at LIMIT 1""",
                [story],
            ),
            None,
        )
        if other:
            _entitle(db, story, title(other["text"]), f"{other['source']} {other['id']}")
            continue
        _entitle(db, story, ERASED_TITLE, "")
        db.execute("UPDATE stories SET centroid = NULL WHERE id = ?", [story])
        db.execute(
            """DELETE FROM stories WHERE id = ? AND NOT EXISTS (SELECT 1 FROM mentions WHERE story_id = stories.id)
               AND NOT EXISTS (SELECT 1 FROM alerts WHERE story_id = stories.id)
               AND NOT EXISTS (SELECT 1 FROM lessons JOIN stories AS part ON part.id = story_id
                               WHERE coalesce(part.merged_into, part.id) = stories.id)""",
            [story],
        )


def renamed(db: Database, story: int, text: str) -> None:
    """The story is called otherwise from now on, also in the news of alerts that have told it by its name."""
    old = next(db.query("SELECT title FROM stories WHERE id = ?", [story]))["title"]
    if old == ERASED_TITLE:
        return
    for table, column in (("alerts", "changed"), ("alert_events", "note")):
        db.execute(
            f"UPDATE {table} SET {column} = replace({column}, ?, ?) WHERE instr({column}, ?)",  # noqa: S608
            [quoted(old), quoted(text), quoted(old)],
        )


def _entitle(db: Database, story: int, text: str, name: str) -> None:
    renamed(db, story, text)
    db.execute("UPDATE stories SET title = ?, title_mention = ? WHERE id = ?", [text, name, story])


def _is_in(db: Database, name: str, story: int) -> bool:
    """Whether a mention ("source id") is live and of that story."""
    key = to_key(name)
    live = db.query("SELECT 1 FROM mentions WHERE source = ? AND id = ? AND deleted_at IS NULL", list(key))
    return next(live, None) is not None and stories_of(db, [key]) == {story}
