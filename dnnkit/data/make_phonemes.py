"""Make phonemes.npz: short clips of synthesised speech as log-mel frames. Gives the same file again.

    python -m dnnkit.data.make_phonemes

Needs libespeak-ng (Debian package espeak-ng, 1.51), which speaks nonsense syllables in many voices, pitches and
speeds and says when each phoneme begins. A clip is what surrounds the middle of one phoneme, so that its
neighbours are heard as well; the task is to name the phoneme in the middle. Levels are relative to the mean of
the clip, so that it does not matter how loud a voice is.
"""

import ctypes
from collections.abc import Iterator
from pathlib import Path

import numpy as np

__all__ = ["log_mel", "main", "mel_filters"]

RATE = 22050  # samples a second, as espeak-ng gives them
WINDOW, HOP, MELS, FRAMES = 512, 220, 20, 16  # 23 ms windows, 10 ms apart; a clip lasts about a sixth of a second
LOWEST, HIGHEST = 80.0, 8000.0  # Hz
STEP = 0.4  # dB from one 8-bit code to the next; 128 stands for the mean level of the clip
TAKES = 2  # of every syllable in every voice, each at a pitch and a speed of its own

# Course's name -> espeak-ng's mnemonic. Consonants are spoken between vowels, vowels between consonants.
VOWELS = {"ee": "i:", "e": "E", "a": "a", "ah": "A:", "aw": "O:", "oo": "u:"}
CONSONANTS = {"s": "s", "sh": "S", "f": "f", "z": "z", "m": "m", "n": "n", "l": "l", "t": "t", "k": "k"}
AROUND_VOWELS = ["b{}d", "d{}g", "g{}b"]
AROUND_CONSONANTS = ["a{}'a", "i:{}'i:", "u:{}'u:"]

# Variants of espeak-ng's American English that speak clearly; the even-numbered ones are for the test.
TEST_VOICES = ["m2", "m4", "m6", "m8", "f2", "f4"]
TRAIN_VOICES = [
    *("m1", "m3", "m5", "m7", "f1", "f3", "f5"),
    *("Alex", "Denis", "Diogo", "Gene", "Henrique", "Hugo", "Mario", "aunty", "john"),
    *("linda", "max", "pablo", "paul", "quincy", "rob", "robert", "steph", "victor"),
]

# The part of espeak-ng's C interface (speak_lib.h) that is used here.
RETRIEVAL, PHONEME_EVENTS, PHONEME_INPUT = 1, 1, 0x100
SPEED, PITCH = 1, 3
END_OF_LIST, PHONEME = 0, 7


class Event(ctypes.Structure):
    """espeak_EVENT; the name of a phoneme stands in the last eight bytes."""

    _fields_ = [
        ("type", ctypes.c_int),
        ("identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("name", ctypes.c_char * 8),
    ]


Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(Event))


class Speaker:
    """espeak-ng as a function from phonemes to sound."""

    def __init__(self) -> None:
        self.library = ctypes.CDLL("libespeak-ng.so.1")
        rate = self.library.espeak_Initialize(RETRIEVAL, 0, None, PHONEME_EVENTS)
        if rate != RATE:
            raise OSError(f"espeak-ng speaks at {rate} samples a second; {RATE} were expected")
        folder = ctypes.c_char_p()
        self.library.espeak_Info(ctypes.byref(folder))
        self.variants = Path((folder.value or b"").decode()) / "voices" / "!v"
        self._callback = Callback(self._receive)  # kept, because the library keeps only its address
        self.library.espeak_SetSynthCallback(self._callback)

    def say(self, phonemes: str, voice: str, pitch: int, speed: int) -> tuple[np.ndarray, list[tuple[str, int]]]:
        """Speak. Returns the sound (n,) in [-1, 1], and each phoneme with the sample at which it begins.

        Raises OSError for a voice that is not installed: espeak-ng itself would take another one silently.
        """
        if not (self.variants / voice).exists():
            raise OSError(f"espeak-ng has no voice {voice} in {self.variants}")
        self.library.espeak_SetVoiceByName(f"en-us+{voice}".encode())
        self.library.espeak_SetParameter(PITCH, pitch, 0)
        self.library.espeak_SetParameter(SPEED, speed, 0)
        self.sound: list[np.ndarray] = []
        self.starts: list[tuple[str, int]] = []
        text = f"[[{phonemes}]]".encode()
        self.library.espeak_Synth(text, ctypes.c_size_t(len(text) + 1), 0, 1, 0, PHONEME_INPUT | 1, None, None)
        self.library.espeak_Synchronize()
        return np.concatenate(self.sound) / 2**15, self.starts

    def _receive(self, wave: "ctypes._Pointer[ctypes.c_short]", samples: int, events: "ctypes._Pointer[Event]") -> int:
        if wave and samples:
            self.sound.append(np.ctypeslib.as_array(wave, (samples,)).copy())
        i = 0
        while events[i].type != END_OF_LIST:
            if events[i].type == PHONEME:
                self.starts.append((events[i].name.decode(), events[i].sample))
            i += 1
        return 0


def mel_filters() -> np.ndarray:
    """Triangles of equal width on the mel scale, 2595 log10(1 + f / 700). Returns (MELS, WINDOW // 2 + 1).

    >>> mel_filters().shape
    (20, 257)
    """
    lowest, highest = 2595 * np.log10(1 + np.array([LOWEST, HIGHEST]) / 700)
    corners = 700 * (10 ** (np.linspace(lowest, highest, MELS + 2) / 2595) - 1)
    left, middle, right = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    frequencies = np.fft.rfftfreq(WINDOW, 1 / RATE)
    rising, falling = (frequencies - left) / (middle - left), (right - frequencies) / (right - middle)
    return np.clip(np.minimum(rising, falling), 0, None)


def log_mel(sound: np.ndarray) -> np.ndarray:
    """Level in dB of every mel band in every window. sound: (n,) in [-1, 1]. Returns (frames, MELS).

    >>> log_mel(np.zeros(WINDOW + 3 * HOP)).shape
    (4, 20)
    """
    windows = np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[::HOP] * np.hanning(WINDOW)
    power = np.abs(np.fft.rfft(windows)) ** 2
    return 10 * np.log10(power @ mel_filters().T + 1e-10)


def clip(sound: np.ndarray, starts: list[tuple[str, int]], mnemonic: str) -> np.ndarray:
    """The clip around the middle of one phoneme, as 8-bit codes (FRAMES, MELS)."""
    at = [name for name, _ in starts].index(mnemonic, 1)  # never the first, which may be its own neighbour
    middle = (starts[at][1] + starts[at + 1][1]) // 2
    length = WINDOW + (FRAMES - 1) * HOP
    padded = np.pad(sound, length)
    begin = length + middle - length // 2
    levels = log_mel(padded[begin : begin + length])
    return np.clip(np.round((levels - levels.mean()) / STEP) + 128, 0, 255).astype(np.uint8)


def syllables() -> Iterator[tuple[int, str, str]]:
    """Every syllable: label, mnemonic of the phoneme asked for, and all that is spoken."""
    names = [*VOWELS, *CONSONANTS]
    for name, mnemonic in VOWELS.items():
        yield from ((names.index(name), mnemonic, around.format(f"'{mnemonic}")) for around in AROUND_VOWELS)
    for name, mnemonic in CONSONANTS.items():
        yield from ((names.index(name), mnemonic, around.format(mnemonic)) for around in AROUND_CONSONANTS)


def record(speaker: Speaker, voices: list[str], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """All syllables in the given voices. Returns codes (N, FRAMES, MELS) and labels (N,), both uint8."""
    rng = np.random.default_rng(seed)
    clips, labels = [], []
    for voice in voices:
        for label, mnemonic, phonemes in syllables():
            for _ in range(TAKES):
                pitch, speed = int(rng.integers(30, 71)), int(rng.integers(120, 201))
                clips.append(clip(*speaker.say(phonemes, voice, pitch, speed), mnemonic))
                labels.append(label)
    return np.array(clips), np.array(labels, np.uint8)


def main() -> None:
    """Write phonemes.npz beside this file."""
    speaker = Speaker()
    x_train, y_train = record(speaker, TRAIN_VOICES, seed=1)
    x_test, y_test = record(speaker, TEST_VOICES, seed=2)
    np.savez_compressed(
        Path(__file__).with_name("phonemes.npz"),
        x_train=x_train,
        y_train=y_train,
        x_test=x_test,
        y_test=y_test,
        names=np.array([*VOWELS, *CONSONANTS]),
        step=np.array(STEP),
    )


if __name__ == "__main__":
    main()
