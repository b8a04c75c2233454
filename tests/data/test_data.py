"""The data sets: what comes out of the package, how it is split, and that it stays small and safe to load."""

import subprocess
import sys
from ctypes.util import find_library
from importlib import resources

import numpy as np
import pytest

from dnnkit import data
from dnnkit.data import Examples, digits, make_phonemes, phonemes, photograph
from dnnkit.errors import CourseError

FOLDER = resources.files("dnnkit.data")


@pytest.mark.parametrize("load", [digits, phonemes])
def test_examples_fit_together(load) -> None:
    loaded = load()
    for x, y in [(loaded.x_train, loaded.y_train), (loaded.x_test, loaded.y_test)]:
        assert len(x) == len(y)
        assert x.dtype == np.float64
        assert np.isfinite(x).all()
        assert set(y.tolist()) == set(range(len(loaded.names)))
    assert loaded.x_train.shape[1:] == loaded.x_test.shape[1:]


def test_digits_are_the_known_ones() -> None:
    loaded = digits()
    x, y = np.concatenate([loaded.x_train, loaded.x_test]), np.concatenate([loaded.y_train, loaded.y_test])
    assert x.shape == (1797, 8, 8, 1)
    assert (x.min(), x.max()) == (0, 1)
    assert np.bincount(y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]  # as UCI counts them
    assert loaded.y_train[:8].tolist() == [0, 1, 2, 3, 5, 6, 7, 8]  # the source begins 0, 1, ..., 9
    assert loaded.y_test[:2].tolist() == [4, 9]


def test_there_are_enough_phonemes() -> None:
    loaded = phonemes()
    assert len(loaded.names) >= 10
    assert len(loaded.x_train) + len(loaded.x_test) >= 2000
    assert (FOLDER / "phonemes.npz").stat().st_size < 2_000_000


def test_no_voice_is_in_both_parts() -> None:
    assert not {*make_phonemes.TEST_VOICES} & {*make_phonemes.TRAIN_VOICES}
    clips_of_a_voice = len(list(make_phonemes.syllables())) * make_phonemes.TAKES
    assert len(phonemes().x_train) == clips_of_a_voice * len(make_phonemes.TRAIN_VOICES)
    assert len(phonemes().x_test) == clips_of_a_voice * len(make_phonemes.TEST_VOICES)
    assert phonemes().names == (*make_phonemes.VOWELS, *make_phonemes.CONSONANTS)


@pytest.mark.skipif(find_library("espeak-ng") is None, reason="needs Debian's package espeak-ng")
def test_the_script_gives_the_stored_clips_again() -> None:
    """The first voice; `make_phonemes` itself goes on to all the others, in about a minute."""
    voice, *_ = make_phonemes.TRAIN_VOICES
    codes, labels = make_phonemes.record(make_phonemes.Speaker(), [voice], seed=1)
    with np.load(FOLDER / "phonemes.npz", allow_pickle=False) as stored:
        np.testing.assert_array_equal(codes, stored["x_train"][: len(codes)])
        np.testing.assert_array_equal(labels, stored["y_train"][: len(labels)])


@pytest.mark.skipif(find_library("espeak-ng") is None, reason="needs Debian's package espeak-ng")
def test_an_unknown_voice_is_refused() -> None:
    with pytest.raises(OSError, match="no voice nobody in "):
        make_phonemes.Speaker().say("asa", "nobody", pitch=50, speed=150)


def test_a_nearest_mean_hears_the_phonemes() -> None:
    """Labels belong to their clips: the mean clip of each phoneme alone tells most of the test clips."""
    loaded = phonemes()
    means = np.array([loaded.x_train[loaded.y_train == label].mean(axis=0) for label in range(len(loaded.names))])
    distances = ((loaded.x_test[:, None] - means) ** 2).sum(axis=(2, 3))
    assert np.mean(distances.argmin(axis=1) == loaded.y_test) > 0.6


def test_log_mel_hears_a_tone_in_its_band() -> None:
    seconds = np.arange(make_phonemes.RATE) / make_phonemes.RATE
    low, high = (make_phonemes.log_mel(np.sin(2 * np.pi * f * seconds)).mean(axis=0).argmax() for f in (300, 3000))
    triangles = make_phonemes.mel_filters()
    frequencies = np.fft.rfftfreq(make_phonemes.WINDOW, 1 / make_phonemes.RATE)
    assert triangles[low] @ (np.abs(frequencies - 300) < 25) > 0
    assert triangles[high] @ (np.abs(frequencies - 3000) < 25) > 0
    assert low < high


def test_log_mel_of_twice_the_sound_is_6_dB_louder() -> None:
    sound = np.random.default_rng(1).normal(size=2000)
    louder = make_phonemes.log_mel(2 * sound) - make_phonemes.log_mel(sound)
    np.testing.assert_allclose(louder, 20 * np.log10(2), atol=1e-6)


def test_a_clip_is_cut_around_the_middle_of_its_phoneme() -> None:
    """Silence, then noise from sample 8000 to 12000: the middle of the clip is loud, its ends are not."""
    sound = np.zeros(20000)
    sound[8000:12000] = np.random.default_rng(2).normal(size=4000)
    starts = [("a", 0), ("s", 9400), ("a", 10600)]
    levels = make_phonemes.clip(sound, starts, "s").astype(float).mean(axis=1)
    assert len(levels) == make_phonemes.FRAMES
    assert levels.std() < 10
    early = make_phonemes.clip(sound, [("a", 0), ("s", 5000), ("a", 9000)], "s").astype(float).mean(axis=1)
    assert early[-1] > early[0] + 50


def test_photograph_in_full_and_small() -> None:
    full, small = photograph(), photograph(size=96)
    assert full.shape == (600, 512, 3)
    assert small.shape == (96, 96, 3)
    assert 0 <= small.min() < small.max() <= 1
    np.testing.assert_allclose(small, full[20:404, 96:480].reshape(96, 4, 96, 4, 3).mean(axis=(1, 3)))


def test_photograph_of_a_size_that_does_not_divide() -> None:
    whole, small = photograph(size=384), photograph(size=100)
    np.testing.assert_allclose(small.mean(axis=(0, 1)), whole.mean(axis=(0, 1)), rtol=0.01)
    np.testing.assert_allclose(small[0, 0], whole[:3, :3].mean(axis=(0, 1)))
    np.testing.assert_array_equal(whole, photograph()[20:404, 96:480])


@pytest.mark.parametrize("size", [0, 385])
def test_photograph_refuses_other_sizes(size: int) -> None:
    with pytest.raises(ValueError, match=f"photograph: got size {size}; expected None or 1 to 384"):
        photograph(size=size)


def test_each_call_gives_arrays_of_its_own() -> None:
    digits().x_train[:] = 7
    assert digits().x_train.max() == 1


def test_missing_file_is_told_in_words(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setattr(data.resources, "files", lambda _: tmp_path)
    with pytest.raises(CourseError, match=r"digits\.npz is missing"):
        digits()


def test_pickles_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    np.savez(tmp_path / "digits.npz", images=np.array([object()]), labels=np.zeros(1))
    monkeypatch.setattr(data.resources, "files", lambda _: tmp_path)
    with pytest.raises(ValueError, match="allow_pickle=False"):
        digits()


def test_every_file_has_its_source_and_licence() -> None:
    told = (FOLDER / "README.md").read_text("utf-8")
    for file in FOLDER.iterdir():
        if file.name.endswith(".npz"):
            assert f"| `{file.name}` |" in told


def test_a_clip_is_as_long_as_is_told() -> None:
    told = " ".join((FOLDER / "README.md").read_text("utf-8").split())
    samples = make_phonemes.WINDOW + (make_phonemes.FRAMES - 1) * make_phonemes.HOP
    assert f"A clip is the {1000 * samples / make_phonemes.RATE:.0f} ms around" in told
    shape = f"{make_phonemes.FRAMES} windows of {make_phonemes.WINDOW} samples, {make_phonemes.HOP} apart"
    assert f"{shape}, at {make_phonemes.RATE:,} Hz" in told


def test_importing_is_light() -> None:
    program = (
        "import sys, dnnkit.data; print(*sorted({'matplotlib', 'PIL', 'ctypes.util', 'IPython'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []


def test_examples_unpack_by_name() -> None:
    assert Examples._fields == ("x_train", "y_train", "x_test", "y_test", "names")
