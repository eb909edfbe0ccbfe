"""What a Google Takeout calls the folders, files and columns of YouTube, in four languages.

English, Spanish (of Latin America) and Korean are as in real Takeouts, so far as public programs
that read them tell; what they leave open, and Japanese as a whole, is put into words here, to stand
for a language of whose names an importer knows nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Names:
    """What a Takeout in one language calls its folders and files, the heads of its tables, and the
    words for public, unlisted and private."""

    root: str
    videos: str
    metadata: str
    comments: str
    chats: str
    posts: str
    channel: str
    subscriptions: str
    playlists: str
    inside: str
    history: str
    video_head: tuple[str, ...]
    comment_head: tuple[str, ...]
    chat_head: tuple[str, ...]
    post_head: tuple[str, ...]
    channel_head: tuple[str, ...]
    subscription_head: tuple[str, ...]
    playlist_head: tuple[str, ...]
    inside_head: tuple[str, ...]
    privacy: tuple[str, str, str]


_EN = Names(
    "YouTube and YouTube Music",
    "videos",
    "video metadata/videos.csv",
    "comments/comments.csv",
    "live chats/live chats.csv",
    "posts/posts.csv",
    "channels/channel.csv",
    "subscriptions/subscriptions.csv",
    "playlists/playlists.csv",
    "playlists/{}-videos.csv",
    "history/watch-history.json",
    (
        "Video ID",
        "Approx Duration (ms)",
        "Video Audio Language",
        "Video Category",
        "Video Description (Original)",
        "Channel ID",
        "Tag 1",
        "Video Title (Original)",
        "Privacy",
        "Video State",
        "Video Create Timestamp",
        "Video Publish Timestamp",
    ),
    (
        "Comment ID",
        "Channel ID",
        "Comment Create Timestamp",
        "Price",
        "Parent Comment ID",
        "Post ID",
        "Video ID",
        "Comment Text",
        "Top-Level Comment ID",
    ),
    (
        "Live Chat ID",
        "Channel ID",
        "Live Chat Create Timestamp",
        "Price",
        "Currency code",
        "Video ID",
        "Live Chat Text",
    ),
    ("Post ID", "Channel ID", "Post Create Timestamp", "Post Text", "Image name 1"),
    ("Channel ID", "Channel Title (Original)", "Channel Visibility"),
    ("Channel Id", "Channel Url", "Channel Title"),
    (
        "Playlist ID",
        "Add new videos to top",
        "Playlist Title (Original)",
        "Playlist Create Timestamp",
        "Playlist Update Timestamp",
        "Playlist Video Order",
        "Playlist Visibility",
    ),
    ("Video ID", "Playlist Video Creation Timestamp"),
    ("Public", "Unlisted", "Private"),
)
_ES = Names(
    "YouTube y YouTube\u00a0Music",
    "videos",
    "metadatos de videos/videos.csv",
    "comentarios/comentarios.csv",
    "chats en vivo/chats en vivo.csv",
    "publicaciones/publicaciones.csv",
    "canales/canal.csv",
    "suscripciones/suscripciones.csv",
    "playlists/playlists.csv",
    "playlists/{} videos.csv",
    "historial de videos/historial de reproducciones.json",
    (
        "ID de video",
        "Duración aproximada (ms)",
        "Idioma del audio del video",
        "Categoría del video",
        "Descripción del video (original)",
        "ID del canal",
        "Etiqueta 1",
        "Título del video (original)",
        "Privacidad",
        "Estado del video",
        "Marca de tiempo de creación del video",
        "Marca de tiempo de publicación del video",
    ),
    (
        "ID de comentario",
        "ID del canal",
        "Marca de tiempo de creación del comentario",
        "Precio",
        "ID del comentario superior",
        "ID de la publicación",
        "ID de video",
        "Texto del comentario",
        "ID del comentario de nivel superior",
    ),
    (
        "ID de chat en vivo",
        "ID del canal",
        "Marca de tiempo de creación del chat en vivo",
        "Precio",
        "Código de moneda",
        "ID de video",
        "Texto del chat en vivo",
    ),
    (
        "ID de la publicación",
        "ID del canal",
        "Marca de tiempo de creación",
        "Texto de la publicación",
        "Nombre de la imagen 1",
    ),
    ("ID del canal", "Título del canal (original)", "Visibilidad del canal"),
    ("ID del canal", "URL del canal", "Título del canal"),
    (
        "ID de playlist",
        "Agregar los videos nuevos a la parte superior",
        "Título de la playlist (original)",
        "Marca de tiempo de creación de la playlist",
        "Marca de tiempo de actualización de la playlist",
        "Orden de la playlist de video",
        "Visibilidad de la playlist",
    ),
    ("ID de video", "Marca de tiempo de creación del video de la playlist"),
    ("Público", "No listado", "Privado"),
)
_KO = Names(
    "YouTube 및 YouTube Music",
    "동영상",
    "동영상 메타데이터/동영상.csv",
    "댓글/댓글.csv",
    "실시간 채팅/실시간 채팅.csv",
    "게시물/게시물.csv",
    "채널/채널.csv",
    "구독정보/구독정보.csv",
    "재생목록/재생목록.csv",
    "재생목록/{}-동영상.csv",
    "시청 기록/시청 기록.json",
    (
        "동영상 ID",
        "근사치 길이(밀리초)",
        "동영상 오디오 언어",
        "동영상 카테고리",
        "동영상 설명(원본)",
        "채널 ID",
        "동영상 태그 1",
        "동영상 제목(원본)",
        "개인 정보 보호",
        "동영상 상태",
        "동영상 생성 타임스탬프",
        "동영상 게시 타임스탬프",
    ),
    (
        "댓글 ID",
        "채널 ID",
        "댓글 생성 타임스탬프",
        "가격",
        "상위 댓글 ID",
        "게시물 ID",
        "동영상 ID",
        "댓글 텍스트",
        "최상위 댓글 ID",
    ),
    (
        "실시간 채팅 ID",
        "채널 ID",
        "실시간 채팅 생성 타임스탬프",
        "가격",
        "통화 코드",
        "동영상 ID",
        "실시간 채팅 텍스트",
    ),
    ("게시물 ID", "채널 ID", "게시물 생성 타임스탬프", "게시물 텍스트", "이미지 이름 1"),
    ("채널 ID", "채널 제목(원본)", "채널 공개 상태"),
    ("채널 ID", "채널 URL", "채널 제목"),
    (
        "재생목록 ID",
        "상단에 추가",
        "재생목록 제목(원본)",
        "생성 시간",
        "업데이트 시간",
        "순서",
        "공개",
    ),
    ("동영상 ID", "재생목록 동영상 생성 타임스탬프"),
    ("공개", "일부 공개", "비공개"),
)
_JA = Names(
    "YouTube と YouTube Music",
    "動画",
    "動画のメタデータ/動画.csv",
    "コメント/コメント.csv",
    "チャット/チャット.csv",
    "投稿/投稿.csv",
    "チャンネル/チャンネル.csv",
    "登録チャンネル/登録チャンネル.csv",
    "再生リスト/再生リスト.csv",
    "再生リスト/{}-動画.csv",
    "履歴/watch-history.json",
    (
        "動画 ID",
        "おおよその長さ",
        "音声の言語",
        "カテゴリ",
        "説明",
        "チャンネル ID",
        "タグ 1",
        "タイトル",
        "プライバシー",
        "状態",
        "作成日時",
        "公開日時",
    ),
    (
        "コメント ID",
        "チャンネル ID",
        "作成日時",
        "価格",
        "親コメント ID",
        "投稿 ID",
        "動画 ID",
        "コメント",
        "最上位",
    ),
    ("チャット ID", "チャンネル ID", "作成日時", "価格", "通貨", "動画 ID", "テキスト"),
    ("投稿 ID", "チャンネル ID", "作成日時", "テキスト", "画像名 1"),
    ("チャンネル ID", "チャンネルのタイトル", "公開設定"),
    ("チャンネル ID", "チャンネルの URL", "チャンネルのタイトル"),
    ("再生リスト ID", "上に追加", "タイトル", "作成日時", "更新日時", "順序", "公開設定"),
    ("動画 ID", "再生リストの動画の作成日時"),
    ("公開", "限定公開", "非公開"),
)
LANGUAGES: Mapping[str, Names] = {"en": _EN, "es": _ES, "ko": _KO, "ja": _JA}
