"""The words a Takeout has for who may see something, in the languages of the region.

English and Korean stand in programs that read real downloads; the others are the words of YouTube's
own pages in that language, which a Takeout is taken to use too. A word that stands here not is
taken as "private", and the report says so: what may be public is better shown too little.
"""

from __future__ import annotations

from archiver.exports.youtube.heads import plain
from archiver.items import Visibility

_PUBLIC = (
    "public",
    "공개",
    "pública",
    "público",
    "publica",
    "öffentlich",
    "openbaar",
    "publique",
    "公开",
    "公開",
    "công khai",
    "открытый доступ",
    "общедоступный",
    "открытый",
    "عام",
    "عامة",
    "عمومی",
    "सार्वजनिक",
    "ਜਨਤਕ",
    "สาธารณะ",
    "សាធារណៈ",
    "ສາທາລະນະ",
    "հանրային",
    "pampubliko",
    "viešas",
)
_UNLISTED = (
    "unlisted",
    "일부 공개",
    "oculto",
    "oculta",
    "no listado",
    "no listada",
    "nicht gelistet",
    "verborgen",
    "non répertoriée",
    "不公开列出",
    "不公開",
    "限定公開",
    "không công khai",
    "доступ по ссылке",
    "غير مدرج",
    "فهرست‌نشده",
    "असूचीबद्ध",
    "ਗੈਰ-ਸੂਚੀਬੱਧ",
    "ไม่เป็นสาธารณะ",
    "hindi nakalista",
)
_PRIVATE = (
    "private",
    "비공개",
    "privado",
    "privada",
    "privat",
    "privé",
    "privée",
    "私享",
    "私人",
    "非公開",
    "riêng tư",
    "ограниченный доступ",
    "خاص",
    "خصوصی",
    "निजी",
    "ਨਿੱਜੀ",
    "ส่วนตัว",
    "ឯកជន",
    "ສ່ວນຕົວ",
    "անձնական",
    "pribado",
    "privatus",
)
_SCHEDULED = ("scheduled", "예약 공개", "예약됨", "programado", "programada", "geplant", "gepland")

_TOLD: dict[str, tuple[str, Visibility]] = {
    **dict.fromkeys(_PUBLIC, ("public", Visibility.PUBLIC)),
    **dict.fromkeys(_UNLISTED, ("unlisted", Visibility.PUBLIC)),
    **dict.fromkeys(_PRIVATE, ("private", Visibility.PRIVATE)),
    **dict.fromkeys(_SCHEDULED, ("scheduled", Visibility.SCHEDULED)),
}


def who_may_see(word: str) -> tuple[str, Visibility] | None:
    """The platform's own word (public, unlisted, private, scheduled) and what it comes to, or None
    where the word is not known. What is unlisted was published: whoever has its address sees it."""
    return _TOLD.get(plain(word))
