"""What the columns of Takeout's tables are called, in the languages in which that is known.

Takeout names its folders, its files and the heads of its tables in the language of the person who
asks. Names marked "seen" below stand in programs that read real downloads; a table whose head is in
none of these languages is recognised by what stands in its columns (`shapes`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a table of a Takeout holds."""

    VIDEOS = "videos"
    COMMENTS = "comments"
    CHATS = "live chats"
    POSTS = "community posts"
    CHANNEL = "channel"
    ADDRESSES = "channel addresses"
    SUBSCRIPTIONS = "subscriptions"
    PLAYLISTS = "playlists"
    OLD_PLAYLIST = "playlist with its videos"
    PLAYLIST_VIDEOS = "videos of a playlist"
    SONGS = "music library"
    TEXTS = "titles and descriptions in pieces"
    DETAILS = "settings and details"


@dataclass(frozen=True, slots=True)
class Known:
    """A table that was recognised: its kind, and the name each of its columns has there, by what it
    means (`videos` may have any number of tags: they are not told). `guessed`: by its values."""

    kind: Kind
    columns: dict[str, str]
    guessed: bool = False

    def needed(self) -> list[str]:
        """Names that stand in its head together."""
        return list(self.columns.values())


# English, both spellings of capitals; Spanish of Spain and of Latin America; German; Dutch;
# Romanian; Lithuanian; Korean (videos and channel); Russian (subscriptions): all seen.
_NAMES: dict[str, tuple[str, ...]] = {
    "channel": (
        "channel id",
        "id de canal",
        "id del canal",
        "kanal-id",
        "kanaal-id",
        "id-ul canalului",
        "kanalo id",
        "채널 id",
        "идентификатор канала",
    ),
    "channel_url": (
        "channel url",
        "url del canal",
        "kanal-url",
        "kanaal-url",
        "adresa url a canalului",
        "kanalo url",
        "url канала",
    ),
    "channel_name": (
        "channel title",
        "título del canal",
        "kanaltitel",
        "kanaaltitel",
        "titlul canalului",
        "kanalo pavadinimas",
        "название канала",
    ),
    "channel_title": (
        "channel title (original)",
        "título del canal (original)",
        "kanaltitel (original)",
        "(originele) kanaaltitel",
        "titlul canalului (original)",
        "kanalo pavadinimas (pradinis)",
        "채널 제목(원본)",
    ),
    "channel_about": ("channel description (original)", "kanalbeschreibung (original)"),
    "channel_visibility": (
        "channel visibility",
        "visibilidad del canal",
        "kanaalzichtbaarheid",
        "vizibilitatea canalului",
        "kanalo matomumas",
        "채널 공개 상태",
    ),
    "channel_address": (
        "channel vanity url 1 name",
        "nombre de la url mnemónica del canal (1)",
        "naam van vanity-url 1 voor kanaal",
        "numele adresei url personalizate a canalului 1",
        "1 kanalo reklaminio url pavadinimas",
    ),
    "channel_address_2": (
        "channel vanity url 2 name",
        "nombre de la url mnemónica del canal (2)",
        "naam van vanity-url 2 voor kanaal",
        "numele adresei url personalizate a canalului 2",
        "2 kanalo reklaminio url pavadinimas",
    ),
    "video": (
        "video id",
        "id de vídeo",
        "id del vídeo",
        "id de video",
        "id del video",
        "video-id",
        "id-ul videoclipului",
        "vaizdo įrašo id",
        "동영상 id",
    ),
    "video_title": (
        "video title (original)",
        "título del vídeo (original)",
        "título del video (original)",
        "videotitel (original)",
        "videotitel (origineel)",
        "동영상 제목(원본)",
    ),
    "video_about": (
        "video description (original)",
        "descripción del vídeo (original)",
        "descripción del video (original)",
        "videobeschreibung (original)",
        "videobeschrijving (origineel)",
        "동영상 설명(원본)",
    ),
    "video_duration": (
        "approx duration (ms)",
        "ungefähre dauer (ms)",
        "geschatte duur (ms)",
        "근사치 길이(밀리초)",
    ),
    "video_language": ("video audio language", "동영상 오디오 언어"),
    "video_category": ("video category", "videocategorie", "동영상 카테고리"),
    "privacy": ("privacy", "privacidad", "datenschutz", "개인 정보 보호"),
    "video_state": ("video state", "videostatus", "동영상 상태"),
    "video_created": (
        "video create timestamp",
        "tijdstempel aanmaaktijd video",
        "동영상 생성 타임스탬프",
    ),
    "video_published": ("video publish timestamp", "tijdstempel publicatietijd video"),
    "comment": (
        "comment id",
        "id de comentario",
        "id del comentario",
        "kommentar-id",
        "reactie-id",
        "id-ul comentariului",
        "komentaro id",
    ),
    "comment_created": (
        "comment create timestamp",
        "marca de tiempo de creación del comentario",
        "aanmaaktijdstempel reactie",
        "marcajul temporal de creare a comentariului",
        "komentaro sukūrimo laiko žymė",
    ),
    "comment_text": (
        "comment text",
        "texto del comentario",
        "kommentartext",
        "reactietekst",
        "textul comentariului",
        "komentuoti tekstą",
    ),
    "parent": ("parent comment id", "übergeordnete kommentar-id", "bovenliggende reactie-id"),
    "post": ("post id", "beitrags-id"),
    "post_text": ("post text", "text des beitrags"),
    "post_created": ("post create timestamp", "post publish timestamp"),
    "chat": ("live chat id",),
    "chat_created": ("live chat create timestamp",),
    "chat_text": ("live chat text",),
    "playlist": (
        "playlist id",
        "id de playlist",
        "id de lista de reproducción",
        "id de la lista de reproducción",
        "playlist-id",
        "id-ul playlistului",
        "grojaraščio id",
    ),
    "playlist_title": (
        "playlist title (original)",
        "título de la playlist (original)",
        "título de la lista de reproducción (original)",
        "título de la lista (original)",
        "playlist-titel (original)",
        "playlist-titel (origineel)",
        "titlul playlistului (original)",
        "grojaraščio pavadinimas (originalas)",
    ),
    "playlist_about": ("playlist description (original)", "playlist-beschreibung (original)"),
    "playlist_created": (
        "playlist create timestamp",
        "marca de tiempo de creación de la playlist",
        "marca de tiempo de creación de la lista de reproducción",
        "marca de tiempo de creación de la lista",
        "playlist tijdstempel maken",
        "playlistul creează marcaj temporal",
        "grojaraščio sukūrimo laiko žymė",
    ),
    "playlist_visibility": (
        "playlist visibility",
        "visibilidad de la playlist",
        "visibilidad de la lista de reproducción",
        "visibilidad de la lista",
        "zichtbaarheid van playlist",
        "vizibilitatea playlistului",
        "grojaraščio matomumas",
    ),
    "added": (
        "playlist video creation timestamp",
        "marca de tiempo de creación del video de la playlist",
        "marca de tiempo de creación del vídeo de la lista",
        "marca de tiempo de creación de la lista de reproducción de vídeos",
        "zeitstempel bei erstellung des playlist-videos",
        "tijdstempel voor het maken van een playlistvideo",
        "marcaj temporal de creare a videoclipului din playlist",
        "grojaraščio vaizdo įrašo sukūrimo laiko žymė",
    ),
    "old_created": ("time created",),
    "old_title": ("title",),
    "old_about": ("description",),
    "old_visibility": ("visibility",),
    "song": ("song title",),
    "text_piece": (
        "video title text segments 1",
        "video description text segments 1",
        "videotitel - textabschnitte 1",
        "videobeschreibung - textabschnitte 1",
    ),
}

_ROLES = {name: role for role, names in _NAMES.items() for name in names}

_KINDS: tuple[tuple[Kind, frozenset[str]], ...] = (
    (Kind.COMMENTS, frozenset({"comment", "comment_text"})),
    (Kind.CHATS, frozenset({"chat", "chat_text"})),
    (Kind.VIDEOS, frozenset({"video", "video_title"})),
    (Kind.POSTS, frozenset({"post", "post_text"})),
    (Kind.SONGS, frozenset({"song"})),
    (Kind.TEXTS, frozenset({"video", "text_piece"})),
    (Kind.PLAYLISTS, frozenset({"playlist", "playlist_title"})),
    (Kind.OLD_PLAYLIST, frozenset({"playlist", "old_created", "old_title"})),
    (Kind.PLAYLIST_VIDEOS, frozenset({"video", "added"})),
    (Kind.SUBSCRIPTIONS, frozenset({"channel", "channel_url", "channel_name"})),
    (Kind.CHANNEL, frozenset({"channel", "channel_title"})),
    (Kind.ADDRESSES, frozenset({"channel", "channel_address"})),
)


def plain(name: str) -> str:
    """A name as it is compared: composed letters, one kind of space and of hyphen, no capitals."""
    name = unicodedata.normalize("NFC", name.lstrip("\ufeff"))
    name = re.sub(r"[\u2010\u2011\u2012\u2013]", "-", name)
    return " ".join(name.split()).casefold()


def by_names(head: Sequence[str]) -> Known | None:
    """What a table is, as its head says; None where that is in no language known here."""
    columns: dict[str, str] = {}
    for name in head:
        role = _ROLES.get(plain(name))
        if role is not None:
            columns.setdefault(role, name)
    for kind, wanted in _KINDS:
        if wanted <= columns.keys():
            return Known(kind, columns)
    return None


def details(head: Sequence[str]) -> Known | None:
    """A table of which only the first column is known, an id: what is set for a channel, where a
    video was taken."""
    role = _ROLES.get(plain(head[0])) if head else None
    ids = ("channel", "video", "playlist", "post", "comment")
    return Known(Kind.DETAILS, {role: head[0]}) if role in ids else None
