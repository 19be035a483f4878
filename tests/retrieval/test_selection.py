"""What fit chooses, on training items alone, and how it is said and kept."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.stats

from classicxm.alignment import CCA, PLSSVD
from classicxm.datasets import Collection, make_scenes
from classicxm.image import ColorHistogram
from classicxm.retrieval import CrossModalRetriever, FoldSelection, Selection, make_retriever
from classicxm.retrieval.selection import _Folds, _Trials, clearly_better
from classicxm.text import TfidfText, TopicsText


def retriever(**settings):
    extractors = {"text": TopicsText("lsa", 2), "image": ColorHistogram()}
    return CrossModalRetriever(extractors, CCA(2, ridge=30.0), selection=FoldSelection(**settings))


@pytest.fixture(scope="module")
def scenes():
    return make_scenes(90, modalities=("text", "image"))


def test_what_is_better_on_folds_is_chosen_said_and_kept(scenes, tmp_path):
    fitted = retriever(aim="partner", texts={"tf-idf": TfidfText()}).fit_collection(scenes)
    chosen = Selection(**fitted.selection_)
    assert chosen.text == "tf-idf"
    assert isinstance(fitted.extractors_["text"], TfidfText)
    assert chosen.score > chosen.plain_score
    assert max(trial["score"] for trial in chosen.tried) == pytest.approx(chosen.score, abs=1e-6)
    assert "aim partner (as asked)" in str(chosen)
    assert "tf-idf texts" in str(chosen)
    fitted.save(tmp_path / "m")
    loaded = CrossModalRetriever.load(tmp_path / "m")
    assert loaded.selection_ == fitted.selection_
    assert [h.id for h in loaded.search({"text": "a red circle"}, "image", 5)] == [
        h.id for h in fitted.search({"text": "a red circle"}, "image", 5)
    ]


@pytest.mark.slow
def test_held_out_items_are_not_looked_at(scenes):
    changed = [
        record if record["split"] == "train" else {**record, "text": "nothing", "label": "nothing"}
        for record in scenes.records
    ]
    settings = {"aim": "class", "texts": {"tf-idf": TfidfText()}, "n_folds": 2}
    one = retriever(**settings).fit_collection(scenes)
    two = retriever(**settings).fit_collection(Collection(changed))
    assert one.selection_ == two.selection_


def test_nothing_better_leaves_the_alignment_as_it_is():
    rng = np.random.default_rng(0)
    features = {"image": rng.normal(size=(60, 3)), "audio": rng.normal(size=(60, 3))}
    own = CCA(2, ridge=3.0)
    text, aligner, selection = FoldSelection().choose(features, own)
    assert (text, selection.plain, selection.aim) == (None, True, "partner")
    assert aligner is own
    assert "the recipe as it is" in str(selection)


def test_few_items_are_learned_from_as_they_are(scenes, caplog):
    few = scenes.split("train").subset(range(8))
    fitted = retriever().fit_collection(few)
    assert fitted.selection_ is None
    assert "at least 10 items" in caplog.text


def test_items_without_a_label_belong_to_no_class(scenes):
    records = [{k: v for k, v in r.items() if k != "label" or i % 9} for i, r in enumerate(scenes.records)]
    fitted = retriever(aim="class", n_folds=2).fit_collection(Collection(records))
    assert fitted.selection_["aim"] == "class"


def test_settings_that_contradict_selection_are_refused(scenes):
    with pytest.raises(ValueError, match="starts from a CCA"):
        FoldSelection().choose({"image": np.eye(30), "audio": np.eye(30)}, PLSSVD(2))
    with pytest.raises(ValueError, match="leave out aligner"):
        make_retriever("baseline", aligner=CCA(), select=True)
    with pytest.raises(ValueError, match="give select=True"):
        make_retriever("baseline", aim="class")
    with pytest.raises(ValueError, match="needs labels"):
        FoldSelection("class").choose({"image": np.eye(30), "audio": np.eye(30)}, CCA())


def test_what_is_chosen_fits_views_of_short_rank():
    """Sums in single precision would see directions that are not there, where a column is the sum of others."""
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(90, 6)) + 30
    features = {
        "image": np.column_stack([shared, shared.sum(axis=1)]).astype(np.float32),
        "audio": shared + 0.1 * rng.normal(size=shared.shape),
    }
    _, aligner, selection = FoldSelection().choose(features, CCA(1, ridge=100.0))
    assert not selection.plain
    assert aligner.fit(features).correlations_.shape == (6,)


def test_a_near_tie_does_not_change_the_texts():
    """Captions that are held out say nothing of short queries, so that chance must not change what words weigh."""
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(60, 4))
    own = shared + 0.4 * rng.normal(size=(60, 4))
    features = {"image": shared + 0.4 * rng.normal(size=(60, 4)), "text": own}
    other = own + 0.05 * np.random.default_rng(5).normal(size=own.shape)
    better = shared + 0.02 * rng.normal(size=own.shape)
    text, _, selection = FoldSelection().choose(features, CCA(2, ridge=30.0), None, [("other", other)])
    assert selection.tried[0]["text"] == "other"
    assert text == selection.text == "own"
    assert not selection.plain
    assert FoldSelection().choose(features, CCA(2, ridge=30.0), None, [("better", better)])[0] == "better"


def test_pieces_of_words_are_chosen_only_where_words_are_clearly_worse():
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(60, 4))
    features = {"image": shared + 0.1 * rng.normal(size=(60, 4)), "text": rng.normal(size=(60, 4))}
    words = shared + 0.4 * rng.normal(size=(60, 4))
    alike = words + 0.05 * np.random.default_rng(5).normal(size=words.shape)
    clear = shared + 0.02 * rng.normal(size=words.shape)
    for pieces, chosen in ((alike, "words"), (clear, "pieces of words")):
        texts = [("words", words), ("pieces of words", pieces)]
        assert FoldSelection().choose(features, CCA(2, ridge=30.0), None, texts)[0] == chosen


def test_titles_of_glued_words_are_told_apart_by_their_pieces():
    """As people name sounds: what no two titles share as a word, they share as pieces."""
    rng = np.random.default_rng(0)
    animals = [["dog", "bird", "frog"][row % 3] for row in range(60)]
    titles = [f"{animal}{''.join(rng.choice(list('xyzqwvjk'), 5))}" for animal in animals]
    colours = {"dog": (220, 20, 20), "bird": (20, 200, 20), "frog": (20, 20, 220)}
    records = [
        {
            "id": str(row),
            "text": title,
            "image": np.full((24, 24, 3), colours[animal], np.uint8)
            + rng.integers(0, 20, (24, 24, 1), np.uint8),
            "label": animal,
        }
        for row, (title, animal) in enumerate(zip(titles, animals, strict=True))
    ]
    fitted = make_retriever("baseline", extractors={"image": ColorHistogram()}, select=True)
    fitted.fit_collection(Collection(records), split=None)
    assert fitted.selection_["text"] == "pieces of words"
    hits = fitted.search({"text": "dogqqzzx"}, "image", k=5)
    assert [animals[int(hit.id)] for hit in hits] == ["dog"] * 5
    why = fitted.explain({"text": "dogqqzzx"}, hits[0].id, "image", item=records[int(hits[0].id)]["image"])
    assert all("dogqqzzx"[start:stop] for word in why.query.words for start, stop in word.spans)


@pytest.mark.slow
def test_pieces_are_tried_only_where_texts_share_no_words():
    fitted = make_retriever("baseline", select=True)
    fitted.fit_collection(make_scenes(60, modalities=("text", "image")))
    tried = {one["text"] for one in fitted.selection_["tried"]}
    assert "tf-idf" in tried and "pieces of words" not in tried


def plain_colours(words_of, n=60, label=None):
    """Pictures of six colours, whose texts ``words_of`` writes from the number of the colour."""
    rng = np.random.default_rng(0)
    colours = [(220, 20, 20), (20, 200, 20), (20, 20, 220), (220, 220, 20), (20, 220, 220), (220, 20, 220)]
    return Collection(
        {
            "id": str(row),
            "text": words_of(row % 6, rng),
            "image": np.full((24, 24, 3), colours[row % 6], np.uint8)
            + rng.integers(0, 20, (24, 24, 1), np.uint8),
            "label": label(row) if label else str(row % 6),
        }
        for row in range(n)
    )


@pytest.mark.slow
def test_english_words_are_stemmed_where_folds_say_so():
    verbs = ("jump", "walk", "bark", "climb", "kick", "rest")
    endings = ("", "s", "ing", "ed", "er", "ers")

    def inflected(colour, rng):
        return f"{verbs[colour]}{rng.choice(endings)}"

    fitted = make_retriever("baseline", extractors={"image": ColorHistogram()}, select=True)
    fitted.fit_collection(plain_colours(inflected), split=None)
    assert fitted.selection_["text"] == "stemmed tf-idf"
    assert fitted.extractors_["text"].stem == "english"
    assert {int(hit.id) % 6 for hit in fitted.search({"text": "jumped"}, "image", 5)} == {0}

    fitted = make_retriever("baseline", extractors={"image": ColorHistogram()}, select=True)
    fitted.fit_collection(plain_colours(lambda colour, rng: verbs[colour]), split=None)
    assert fitted.selection_["text"] == "own"  # there is nothing to gain


def test_items_of_lists_of_labels_are_relevant_where_any_is_shared():
    """By hand: of four held-out items, a and b share one label of two, c shares none, d one with b."""
    labels = [["sea", "sand"], ["sand", "sky"], ["snow"], ["sky"]] * 5
    folds = FoldSelection(n_folds=5)._folds(np.arange(20), labels)
    seen = 0
    for _, held in folds.rows:
        relevant = folds.relevant(held)
        for i, row in enumerate(held):
            for j, other in enumerate(held):
                assert relevant[i, j] == bool(set(labels[row]) & set(labels[other]))
                seen += 1
    assert seen >= 80


@pytest.mark.parametrize(("n_shared", "aim"), [(60, "class"), (20, "partner")])
def test_fit_goes_by_classes_only_where_most_items_share_theirs(n_shared, aim):
    words = ("red", "green", "blue", "yellow", "cyan", "purple")
    collection = plain_colours(
        lambda colour, rng: words[colour], label=lambda row: str(row % 6) if row < n_shared else f"only {row}"
    )
    fitted = make_retriever(
        "baseline", extractors={"image": ColorHistogram(), "text": TfidfText()}, select=True
    )
    fitted.fit_collection(collection, split=None)
    assert fitted.selection_["aim"] == aim
    told = f"aim {aim} ({'' if aim == 'class' else 'only '}{n_shared} of 60 items share a label with another)"
    assert str(Selection(**fitted.selection_)).startswith(told)


def test_targets_are_softened_where_captions_tell_of_more_than_the_label():
    """Labels name one of two things in a photo, captions both; photos are noisy and captions are not."""
    rng = np.random.default_rng(0)
    names = np.array(["cat", "dog", "cow", "pig", "hen"])
    first, second = rng.integers(0, 5, (2, 200))
    things = np.eye(5)[first] + np.eye(5)[second]
    features = {
        "image": np.hstack([things + rng.normal(size=(200, 5)), 0.5 * rng.normal(size=(200, 40))]),
        "text": np.hstack([things, 0.1 * rng.normal(size=(200, 5))])
        + 0.2 * np.eye(5)[first].repeat(2, axis=1),
    }
    _, aligner, selection = FoldSelection(aim="class").choose(features, CCA(4), list(names[first]))
    soft = max(trial["score"] for trial in selection.tried if trial["alignment"].startswith("soft SM"))
    hard = max(trial["score"] for trial in selection.tried if trial["alignment"].startswith("SM"))
    assert soft > hard
    assert sum(trial["alignment"].startswith("soft SM") for trial in selection.tried) == 1
    assert selection.alignment.startswith("soft SM") and aligner.aligner.softness == 0.5


def test_items_of_one_group_are_held_out_together():
    films = np.repeat(np.arange(12), 4)
    labels = ["ab"[film % 2] for film in films]
    folds = FoldSelection()._folds(np.arange(48), labels, films.tolist())
    assert all(not set(films[kept]) & set(films[held]) for kept, held in folds.rows)
    rng = np.random.default_rng(0)
    features = {m: rng.normal(size=(48, 6)) for m in ("image", "audio")}
    _, _, alike = FoldSelection().choose(features, CCA(2), labels)
    _, _, apart = FoldSelection().choose(features, CCA(2), labels, groups=films.tolist())
    assert (alike.n_groups, apart.n_groups) == (None, 12)
    assert "of 48 items in 12 groups, " in str(apart) and "groups" not in str(alike)


def test_a_group_is_one_observation_where_candidates_are_compared():
    better, worse = np.tile([0.6, 0.6, 0.4], 12), np.full(36, 0.5)
    groups = np.tile([0, 0, 1], 12)
    assert clearly_better(better, worse) and not clearly_better(better, worse, groups=groups)
    assert clearly_better(better, worse, groups=np.arange(36))


def test_the_column_of_groups_reaches_the_folds(scenes):
    records = [{**record, "group": n // 6, "maker": n % 9} for n, record in enumerate(scenes)]
    grouped = Collection(records)
    learned = len({record["group"] for record in records if record["split"] == "train"})
    assert retriever().fit_collection(grouped).selection_["n_groups"] == learned
    assert retriever().fit_collection(grouped, groups="maker").selection_["n_groups"] == 9
    assert retriever().fit_collection(grouped, groups=None).selection_["n_groups"] is None
    assert retriever().fit_collection(scenes).selection_["n_groups"] is None
    with pytest.raises(ValueError, match=r"has no column 'author' of groups; it has .*maker"):
        retriever().fit_collection(grouped, groups="author")
    views = {m: grouped.split("train").column(m) for m in ("text", "image")}
    makers = grouped.split("train").column("maker")
    assert retriever().fit(views, groups=makers).selection_["n_groups"] == 9


@pytest.mark.parametrize(("gain", "stays"), [(0.015, True), (0.025, False)])
def test_the_recipe_stays_unless_two_errors_worse(gain, stays):
    """Differences of standard error 0.01; the best of many candidates is better by one by luck."""
    rows = np.arange(100)
    trials = _Trials(
        "partner", CCA(2), rows, _Folds([(rows[50:], rows[:50]), (rows[:50], rows[50:])], None, None)
    )
    other = replace(trials.plain, metric="dot")
    trials.energies[None] = {"image": 1.0, "audio": 1.0}
    for candidate, mean in ((trials.plain, 0.5), (other, 0.5 + gain)):
        noise = 0.1 * np.tile([1, -1], 25) if candidate == other else np.zeros(50)
        trials.values[None, candidate] = [mean + noise, mean + noise]
        trials.widths[None, candidate] = 2
    assert trials.chosen("")[2].plain is stays


def test_few_groups_are_judged_by_students_t():
    """Nine groups of differences 0.1 +- 0.1 in turn: t is 3, by hand, and two normal errors are 2.37 of t."""
    means = np.array([0.2, 0.0, 0.2, 0.0, 0.2, 0.0, 0.2, 0.0, 0.1])
    groups, better = np.repeat(np.arange(9), 3), np.repeat(means, 3)
    reached = means.mean() / (means.std(ddof=1) / 3)
    asked = scipy.stats.t.isf(scipy.stats.norm.sf(2.0), 8)
    assert (reached, asked) == (pytest.approx(3.0), pytest.approx(2.366, abs=1e-3))
    assert clearly_better(better, np.zeros(27), 2.0, groups)
    assert not clearly_better(better - 0.1 * (1 - 0.99 * asked / reached), np.zeros(27), 2.0, groups)
    assert clearly_better(better - 0.1 * (1 - 1.01 * asked / reached), np.zeros(27), 2.0, groups)
