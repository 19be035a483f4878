"""``classicxm export``: held items, chosen ones and queries as files."""

import numpy as np


def test_all_vectors(command, cli_model, tmp_path):
    result = command("export", cli_model, "-o", tmp_path / "a.npz")
    assert result.stdout.strip() == f"{tmp_path / 'a.npz'}: 40 text of 4, 40 image of 4 dimensions"
    with np.load(tmp_path / "a.npz") as stored:
        np.testing.assert_allclose(np.linalg.norm(stored["image_vectors"], axis=1), 1, rtol=1e-6)


def test_chosen_items_raw_and_without_payload(command, cli_model, tmp_path):
    path = tmp_path / "a.csv"
    options = ("--modality", "image", "--filter", "id=scene-0003", "--raw", "--no-payload", "--n-jobs", 1)
    result = command("export", cli_model, "-o", path, *options)
    assert "1 image of 128 features" in result.stdout
    assert path.read_text().splitlines()[1].startswith("image,scene-0003,{},")


def test_queries(command, cli_model, tmp_path):
    result = command(
        "export", cli_model, "-o", tmp_path / "a.csv", "--text", "red", "--text", "blue", "--n-jobs", 1
    )
    assert "2 text of 4 dimensions" in result.stdout


def test_what_does_not_fit_together(command, cli_model, tmp_path):
    path = tmp_path / "a.npz"
    assert command("export", cli_model, "-o", path, "--text", "red", "--modality", "text").exit_code == 2
    result = command("export", cli_model, "-o", path, "--filter", "label=nothing")
    assert result.exit_code == 2 and "no item passes the filter 'label=nothing': label has" in result.stderr
    result = command("export", cli_model, "-o", tmp_path / "a.txt")
    assert result.exit_code == 2 and "must end with one of .npz" in result.stderr and not path.exists()
