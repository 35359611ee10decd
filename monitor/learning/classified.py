"""Texts through a classifier, so that one that it can't read costs nothing but itself."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

import structlog

from monitor.errors import ClassifierError, PortError
from monitor.model import Classification
from monitor.ports import Classifier

log = structlog.get_logger()


def classified(classifier: Classifier, texts: Sequence[str]) -> Sequence[Classification | None]:
    """The whole batch at once; if it fails for one text's sake, each alone, so that only that one is lost (None).
    ClassifierError when the classifier reads nothing at all: then no text is to blame."""
    try:
        return classifier.classify(texts)
    except PortError:
        raise
    except Exception:
        log.exception("a batch could not be classified; trying its texts one by one")
    results: list[Classification | None] = []
    for text in texts:
        try:
            results.extend(classifier.classify([text]))
        except PortError:
            raise
        except Exception:
            log.exception("a text could not be classified", length=len(text))
            _ensure_reads(classifier)
            results.append(None)
    return results


def _ensure_reads(classifier: Classifier) -> None:
    """ClassifierError unless it can read a text that it has never seen, so that no remembered answer speaks for it."""
    try:
        classifier.classify([uuid4().hex])
    except PortError:
        raise
    except Exception as error:
        raise ClassifierError(
            f"the classifier reads no text at all: {type(error).__name__} (see the log)"
        ) from error
