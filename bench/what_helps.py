"""Does it help the forecast to know who wrote a post, or how it is worded?

    python -m bench.what_helps DATA

Prints and writes bench/results/what_helps.json.

Words: posts of reddit_threads are read by the bundled model. To the logit of the shipped forecast (V = 50 comments) after
a post's first reading and after its reading at an hour, a ridge regression adds what the model said; it learns on posts
of the first 70% in time and is measured on the rest: log loss, and the area under the ROC curve, without and with it.
Followers: the shipped forecast of tweets under one hashtag with the author's followers and without, on the half that it
has not learnt from; and of Weibo posts, fitted to the earlier 70% and measured on the rest.
Needs scikit-learn.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit, logit
from sklearn.metrics import roc_auc_score

from bench import fit_prior, series
from bench.report import about, keep
from bench.series import Post
from classifiers.bundled import Settings, build
from classifiers.forecast.blend import Blend, prior
from classifiers.forecast.curves import Curve, Floats
from classifiers.forecast.fitting import Lesson, learn
from monitor.model import Classification

VIRAL_AT, TEXTS = 50, 2000
WORDS = ("complaint", "negative", "positive", "severity", "anger", "sadness", "sarcasm", "offensive")


def said(found: Classification) -> list[float]:
    emotion = found.emotion
    return [
        found.complaint,
        found.sentiment.negative,
        found.sentiment.positive,
        found.severity_score or 0.0,
        emotion.anger if emotion else 0.0,
        emotion.sadness if emotion else 0.0,
        found.sarcasm or 0.0,
        found.offensive or 0.0,
    ]


def loss(z: Floats, y: Floats) -> float:
    return float(np.mean(np.logaddexp(0, z) - y * z))


def offset_fit(z: Floats, x: Floats, y: Floats, ridge: float = 0.02) -> Floats:
    """Weights of standardised columns (the last one: a constant) that are added to the logits z; one Newton step after
    another."""
    w = np.zeros(x.shape[1])
    for _ in range(20):
        p = expit(z + x @ w)
        slope = x.T @ (p - y) / len(y) + ridge * w
        curve = (x * (p * (1 - p))[:, None]).T @ x / len(y) + ridge * np.eye(len(w))
        w -= np.linalg.solve(curve, slope)
    return w


def words(data: Path) -> dict[str, Any]:
    posts = series.reddit(data)
    cut = int(len(posts) * 0.7)
    every = max(len(posts) // TEXTS, 1)
    chosen = [place for place, post in enumerate(posts) if post.final >= VIRAL_AT or place % every == 0]
    classifier = build(Settings())
    texts = [posts[place].text[:600] for place in chosen]
    read = [
        each for start in range(0, len(texts), 64) for each in classifier.classify(texts[start : start + 64])
    ]
    x = np.array([said(each) for each in read])
    early = np.array(chosen) < cut
    middle, scale = x[early].mean(axis=0), x[early].std(axis=0) + 1e-9
    x = np.column_stack([(x - middle) / scale, np.ones(len(x))])
    # those that crossed were all taken, of the others one in `every`
    y = np.array([float(posts[place].final >= VIRAL_AT) for place in chosen])
    thinned = np.log((np.arange(len(posts)) % every == 0).mean())
    found: dict[str, Any] = {
        "texts": len(texts),
        "viral": int(y.sum()),
        "viral_measured": int(y[~early].sum()),
    }
    model = prior("replies")
    for name, readings in (("first reading", 1), ("an hour", 7)):
        curves = [posts[place].asked.upto(readings) for place in chosen]
        told = model.predict(curves, VIRAL_AT, last=True)
        open_ = told.count < VIRAL_AT
        z = logit(told.p_viral) - thinned
        fitted, measured = early & open_, ~early & open_
        constant = offset_fit(z[fitted], x[fitted][:, -1:], y[fitted])
        weights = offset_fit(z[fitted], x[fitted], y[fitted])
        without, with_words = z + x[:, -1:] @ constant, z + x @ weights
        gains = [
            loss(without[rows], y[rows]) - loss(with_words[rows], y[rows])
            for rows in resampled(np.flatnonzero(measured))
        ]
        found[name] = {
            "log_loss": [round(loss(each[measured], y[measured]), 4) for each in (without, with_words)],
            "gain_interval": [round(float(q), 4) for q in np.quantile(gains, [0.05, 0.95])],
            "auc": [
                round(float(roc_auc_score(y[measured], each[measured])), 4) for each in (without, with_words)
            ],
            "weights": dict(zip(WORDS, np.round(weights[:-1], 3).tolist(), strict=True)),
        }
        print(name, json.dumps(found[name]))
    return found


def resampled(rows: Any, times: int = 400) -> Any:
    draws = np.random.default_rng(0)
    for _ in range(times):
        yield rows[draws.integers(0, len(rows), len(rows))]


def nameless(curves: Sequence[Curve]) -> list[Curve]:
    return [replace(curve, followers=None) for curve in curves]


def compared(
    with_: Blend, without: Blend, posts: Sequence[Post], viral_at: int, readings: int
) -> dict[str, Any]:
    curves = [post.asked.upto(readings) for post in posts]
    ours, theirs = (
        with_.predict(curves, viral_at, last=True),
        without.predict(nameless(curves), viral_at, last=True),
    )
    open_ = np.flatnonzero(ours.count < viral_at)
    y = np.array([float(post.final >= viral_at) for post in posts])
    a, b = logit(ours.p_viral[open_]), logit(theirs.p_viral[open_])
    y = y[open_]
    gains = [
        loss(b[rows], y[rows]) / loss(a[rows], y[rows]) - 1 for rows in resampled(np.arange(len(y)), 400)
    ]
    row = {
        "viral_at": viral_at,
        "posts": len(y),
        "viral": int(y.sum()),
        "log_loss_without_with": [round(loss(b, y), 4), round(loss(a, y), 4)],
        "gain_interval": [round(float(q), 3) for q in np.quantile(gains, [0.05, 0.95])],
        "auc_without_with": [round(float(roc_auc_score(y, each)), 3) for each in (b, a)],
    }
    print(json.dumps(row))
    return row


def followers(data: Path) -> dict[str, Any]:
    tweets = fit_prior.load(data, "twitter_auspol_full")
    tweets = tweets[int(len(tweets) * fit_prior.EARLIER) :]
    base = prior("reposts")
    found: dict[str, Any] = {
        "hashtag": [
            compared(base, base, tweets, viral_at, readings) for viral_at in (5, 10) for readings in (1, 3)
        ]
    }
    ages = 30 * 2.0 ** np.arange(-3, 12)
    posts = series.events_of(data, "weibo_ced", lambda: ages[ages < series.TWO_DAYS])
    cut = int(len(posts) * 0.7)
    curves = [post.curve for post in posts[:cut]]
    with_ = learn([Lesson(curves, (250, 500, 800))], base.kind, base, 500)
    without = learn([Lesson(nameless(curves), (250, 500, 800))], base.kind, base, 500)
    found["weibo at 30 min"] = [compared(with_, without, posts[cut:], viral_at, 4) for viral_at in (500, 800)]
    return found


def main(data: Path) -> None:
    keep("what_helps", about() | {"followers": followers(data), "words": words(data)})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
