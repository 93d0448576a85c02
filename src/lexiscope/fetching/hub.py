"""Static models and vectors files of the Hugging Face hub: hf://OWNER/NAME.

huggingface_hub says what a model's files are, how large, with which checksums, and who asks
(HF_TOKEN, or its login); the files come by `files.download`, which goes on where it was cut, into
this program's cache. What another program has put into the hub's own cache is used from there.
HF_ENDPOINT names another hub, HF_HUB_OFFLINE=1 forbids asking. Source:
https://huggingface.co/docs/huggingface_hub.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

from lexiscope.errors import ConfigError, FormatError, MissingExtraError, reason_of
from lexiscope.fetching import store
from lexiscope.files import json_document
from lexiscope.files.download import DownloadError, Part, download
from lexiscope.files.opening import is_file_name
from lexiscope.files.reserving import reserved
from lexiscope.files.web import offline
from lexiscope.progress import ProgressCallback, human_bytes

SCHEME = "hf://"
_ENDPOINT = "https://huggingface.co"
# A path object has one of the two slashes only.
_REFERENCE = re.compile(
    r"hf:/{1,2}(?P<model>\w[\w.-]*/\w[\w.-]*)(?:@(?P<revision>[^@/\s]+))?(?:/(?P<file>[^@]+))?"
)
_MATRIX, _TOKENIZER, _CONFIG = "model.safetensors", "tokenizer.json", "config.json"
_SENTENCES, _MODULES, _INNER = (
    "config_sentence_transformers.json",
    "modules.json",
    "0_StaticEmbedding",
)
_STATIC = (
    _MATRIX,
    _TOKENIZER,
    _CONFIG,
    _SENTENCES,
    _MODULES,
    f"{_INNER}/{_MATRIX}",
    f"{_INNER}/{_TOKENIZER}",
)
# The model folder that `train` writes, put on a hub.
_OWN, _OWN_MORE = (_MATRIX, "vocabulary.tsv", _CONFIG), ("subwords.safetensors",)
_WRAPPERS = (".gz", ".bz2", ".xz", ".zst", ".zip")
_ENDINGS = (
    ".bin", ".vec", ".txt", ".kv", ".model", ".w2v", ".glove", ".fifu", ".magnitude", ".npz",
    ".wordvectors", ".keyedvectors", ".tsv", ".parquet", ".ftz", ".zip",
)  # fmt: skip
_NO_VECTORS = re.compile(
    r"(?i)(?:.*/)?(?:pytorch_model|tf_model|training_args|optimizer|scheduler|rust_model|merges|"
    r"vocab|requirements|readme|licen[cs]e|added_tokens|spiece|sentencepiece|tokenizer)\b.*"
)
_LISTED = 8


def is_reference(name: str | os.PathLike[str]) -> bool:
    """Whether a name is of something on the hub."""
    return os.fspath(name).startswith("hf:/")


@dataclass(frozen=True)
class Reference:
    """Something on the hub.

    Attributes:
        model: OWNER/NAME.
        revision: A branch, a tag or a commit.
        file: A file of vectors in it; "" for the model, or for its one file of vectors.
    """

    model: str
    revision: str = "main"
    file: str = ""

    @classmethod
    def parse(cls, name: str) -> Reference:
        """What an hf:// name says.

        Raises:
            ConfigError: It is none.
        """
        match = _REFERENCE.fullmatch(name)
        file = "" if match is None else (match["file"] or "").rstrip("/")
        if match is None or (file and not all(is_file_name(part) for part in file.split("/"))):
            raise ConfigError(
                f"{name} names nothing on the hub; expected hf://OWNER/NAME, with @REVISION and "
                "/FILE behind it where needed"
            )
        return cls(match["model"], match["revision"] or "main", file)

    def __str__(self) -> str:
        at = "" if self.revision == "main" else f"@{self.revision}"
        return f"{SCHEME}{self.model}{at}" + (f"/{self.file}" if self.file else "")

    def fetched(self) -> Path | None:
        """Where it lies in this program's cache or the hub's; None where it is not there."""
        whole = self._folder / "all"
        if whole.is_dir():
            return _main_of(whole)
        one = self._folder / "files" / self.file
        if self.file and one.is_file():
            return one
        return self._in_hubs_cache()

    def fetch(self, progress: ProgressCallback | None, tell: Callable[[str], None] | None) -> Path:
        """Fetches it, and gives its path.

        Args:
            progress: Told how far each file is, in bytes.
            tell: Told what comes, once the hub has said how large it is.

        Raises:
            DownloadError: The hub cannot be asked, has nothing of the name, or a file is cut.
            ConfigError: What it has are no static vectors, or several.
            MissingExtraError: huggingface_hub is not installed.
        """
        forbidden = offline("HF_HUB_OFFLINE")
        if forbidden is not None:
            raise DownloadError(f"{self} is not in {store.folder()}, and {forbidden} is set")
        listing = _Listing.ask(self)
        wanted, is_checked = self._wanted(listing)
        if tell is not None:
            licence = f", {listing.licence}" if listing.licence else ""
            size = human_bytes(sum(listing.sizes[file] for file in wanted))
            tell(f"{self}: {size} from {_endpoint()}{licence}; to {self._folder}")
        target = self._folder / ("files" if self.file else "all")
        draft = target.with_name(f"{target.name}.part-{listing.commit[:12]}")
        store.make(self._folder)
        try:
            with reserved(target):
                # A draft of another commit is of other files.
                for other in target.parent.glob(f"{target.name}.part-*"):
                    if other != draft:
                        shutil.rmtree(other, ignore_errors=True)
                self._bring(listing, wanted, draft, progress, is_checked=is_checked)
                _move(draft, target)
        finally:
            with suppress(OSError):
                draft.rmdir()
            store.remove_empty(self._folder)
        return target / self.file if self.file else _main_of(target)

    @property
    def _folder(self) -> Path:
        return store.hub_place(self.model, self.revision)

    def _in_hubs_cache(self) -> Path | None:
        if find_spec("huggingface_hub") is None:
            return None
        from huggingface_hub import try_to_load_from_cache

        def cached(file: str) -> Path | None:
            found = try_to_load_from_cache(self.model, file, revision=self.revision)
            return Path(found) if isinstance(found, str) else None

        try:
            if self.file:
                path = cached(self.file)
                # Its companions, if any, are not known without asking.
                return path if path is not None and path.suffix in (".bin", ".vec", ".gz") else None
            for inner, config in (("", _CONFIG), ("", _SENTENCES), (f"{_INNER}/", _SENTENCES)):
                parts = [cached(name) for name in (config, inner + _MATRIX, inner + _TOKENIZER)]
                if parts[0] is not None and None not in parts:
                    folder = parts[0].parent
                    return folder if _is_static(folder) else None
        except ValueError:  # it cannot be a model's id
            return None
        return None

    def _wanted(self, listing: _Listing) -> tuple[list[str], bool]:
        """The files to fetch, and whether their configuration must say that they are static.

        Raises:
            ConfigError: There is not one thing that can be wanted.
        """
        names = set(listing.sizes)
        if self.file:
            if self.file not in names:
                raise ConfigError(f"{self}: there is no such file; {_listed(names)}")
            return [self.file, *_companions(self.file, names)], False
        if names.issuperset(_OWN):
            return [name for name in (*_OWN, *_OWN_MORE) if name in names], False
        is_inner = f"{_INNER}/{_MATRIX}" in names
        if is_inner or {_MATRIX, _TOKENIZER} <= names:
            return [name for name in _STATIC if name in names], not is_inner
        mains = _mains(names)
        if len(mains) != 1:
            which = "several files" if mains else "no file"
            raise ConfigError(
                f"{self} has {which} of word vectors; name one as {SCHEME}{self.model}/FILE, or "
                f"take a language model's matrix by `lexiscope extract {self.model}`; "
                f"{_listed(mains or names)}"
            )
        return [mains[0], *_companions(mains[0], names)], False

    def _bring(
        self,
        listing: _Listing,
        wanted: list[str],
        draft: Path,
        progress: ProgressCallback | None,
        *,
        is_checked: bool,
    ) -> None:
        # The smallest first: a configuration tells what the matrix is.
        for file in sorted(wanted, key=lambda name: listing.sizes[name]):
            if is_checked and file in (_MATRIX, _TOKENIZER) and not _is_static(draft):
                shutil.rmtree(draft, ignore_errors=True)
                raise ConfigError(
                    f"{self} is a language model, not static vectors: `lexiscope extract "
                    f"{self.model}` takes its embedding matrix, `contextual` and `distill` use it"
                )
            store.make((draft / file).parent)
            part = Part(
                urls=[listing.url(file)],
                checksum=listing.checksums.get(file),
                size=listing.sizes[file],
                token=listing.token,
                is_mirrored=False,
            )
            download([part], draft / file, progress=progress, stage=f"downloading {file}")


@dataclass(frozen=True, kw_only=True)
class _Listing:
    """What the hub says of a model.

    Attributes:
        reference: The model.
        commit: To which its revision leads.
        sizes: File → bytes.
        checksums: File → sha256, of those that are large.
        licence: As its card has it; "" where it has none.
        token: Says who asks.
    """

    reference: Reference
    commit: str
    sizes: dict[str, int]
    checksums: dict[str, str]
    licence: str
    token: str

    @classmethod
    def ask(cls, reference: Reference) -> _Listing:
        """Asks the hub.

        Raises:
            DownloadError: It cannot be asked, or has nothing of the name.
            MissingExtraError: huggingface_hub is not installed.
        """
        if find_spec("huggingface_hub") is None:
            raise MissingExtraError("a model of the Hugging Face hub", "hub")
        from huggingface_hub import HfApi, get_token

        try:
            info = HfApi(endpoint=_endpoint(), library_name="lexiscope").model_info(
                reference.model, revision=reference.revision, files_metadata=True, timeout=60.0
            )
        except _asking_faults() as error:
            raise _fault(reference, error) from error
        files = {
            one.rfilename: one
            for one in info.siblings or []
            if all(is_file_name(part) for part in one.rfilename.split("/"))
        }
        card = getattr(info, "card_data", None)
        licence = getattr(card, "license", None)
        return cls(
            reference=reference,
            commit=info.sha or reference.revision,
            sizes={name: one.size or 0 for name, one in files.items()},
            checksums={name: one.lfs.sha256 for name, one in files.items() if one.lfs is not None},
            licence=licence if isinstance(licence, str) else "",
            token=get_token() or "",
        )

    def url(self, file: str) -> str:
        """The address of a file."""
        from huggingface_hub import hf_hub_url

        return hf_hub_url(self.reference.model, file, revision=self.commit, endpoint=_endpoint())


def _endpoint() -> str:
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or _ENDPOINT


def _asking_faults() -> tuple[type[Exception], ...]:
    """What asking may raise: the hub's client is made of one of several libraries for HTTP."""
    from huggingface_hub.errors import HfHubHTTPError

    of_http = [base for base in HfHubHTTPError.__bases__ if issubclass(base, Exception)]
    return (OSError, ValueError, *of_http)


def _fault(reference: Reference, error: Exception) -> DownloadError:
    code = getattr(getattr(error, "response", None), "status_code", None)
    if code in (401, 403, 404):
        return DownloadError(
            f"{reference}: the hub answers {code}: there is no such model or revision, or it needs "
            "a token in HF_TOKEN and its terms accepted"
        )
    return DownloadError(
        f"{reference}: the hub at {_endpoint()} cannot be asked ({reason_of(error)}); check the "
        "network, or fetch it elsewhere and copy its folder"
    )


def _mains(names: Iterable[str]) -> list[str]:
    """Files that may be vectors, without those that belong to another one."""
    mains = []
    for name in sorted(names):
        path = PurePosixPath(name)
        suffixes = [one.lower() for one in path.suffixes]
        ending = suffixes[-2:-1] if suffixes and suffixes[-1] in _WRAPPERS else suffixes[-1:]
        is_wrapped = bool(suffixes) and suffixes[-1] == ".zip"
        if (is_wrapped or (ending and ending[0] in _ENDINGS)) and not _NO_VECTORS.fullmatch(name):
            mains.append(name)
    return [one for one in mains if not any(one in _companions(other, mains) for other in mains)]


def _companions(file: str, names: Iterable[str]) -> list[str]:
    """gensim's `NAME.vectors.npy` and the like beside NAME."""
    return sorted(name for name in names if name.startswith(f"{file}.") and name != file)


def _is_static(folder: Path) -> bool:
    """Whether a folder's configuration is of a static model."""
    with suppress(FormatError):
        config = json_document.read(folder / _CONFIG, as_written=True).plain_fields()
        if config.get("model_type", "model2vec") == "model2vec":
            return True
    with suppress(FormatError):
        modules = json_document.read(folder / _MODULES, as_written=True).entries()
        return bool(modules) and modules[0]["type"].text().endswith("StaticEmbedding")
    return (folder / _INNER).is_dir()


def _main_of(folder: Path) -> Path:
    """What is opened of a folder: itself, or the one file of vectors in it."""
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    if _MATRIX in names or f"{_INNER}/{_MATRIX}" in names:
        return folder
    mains = _mains(names)
    return folder / mains[0] if len(mains) == 1 else folder


def _move(draft: Path, target: Path) -> None:
    """Puts what was fetched in its place, beside what is there of other files."""
    if not target.exists():
        draft.rename(target)
        return
    for path in sorted(draft.rglob("*")):
        place = target / path.relative_to(draft)
        if path.is_file():
            place.parent.mkdir(parents=True, exist_ok=True)
            path.replace(place)
    shutil.rmtree(draft)


def _listed(names: Iterable[str]) -> str:
    shown = sorted(names)
    more = f", … ({len(shown):,})" if len(shown) > _LISTED else ""
    return f"it has {', '.join(shown[:_LISTED]) or 'no files'}{more}"
