"""Words beside a number that say what it is, in the languages the region's residents write.

English, Spanish, Chinese in both scripts, Vietnamese, Tagalog and Korean. Words are compared in
folded text (`folding`), so accents do not matter.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from archiver.requests.finding.folding import fold
from archiver.requests.finding.patterns import pattern

BEFORE, AFTER = 40, 24
"""How many characters before and after a number its words are looked for."""


@dataclass(frozen=True, slots=True)
class Context:
    """A set of words; `near` answers whether one stands close to a stretch of text."""

    words: re.Pattern[str]

    def before(self, text: str, start: int, reach: int = BEFORE) -> bool:
        """Whether a word stands before `start`, on the same line or the one above."""
        return self.words.search(text, max(0, start - reach), start) is not None

    def near(self, text: str, start: int, end: int, reach: int = BEFORE) -> bool:
        """Whether a word stands before `start` or soon after `end`."""
        after = min(len(text), end + AFTER)
        return self.before(text, start, reach) or self.words.search(text, end, after) is not None


def words(*given: str) -> str:
    """A pattern that matches any of the words: whole ones in scripts with spaces."""
    spaced: list[str] = []
    unspaced: list[str] = []
    for each in sorted(given, key=len, reverse=True):
        plain = re.escape(fold(each).text).replace(r"\ ", "[ -]?")
        (unspaced if _has_no_spaces(each) else spaced).append(plain)
    parts = [rf"(?<![A-Za-z])(?:{'|'.join(spaced)})(?![A-Za-z])"] if spaced else []
    return "|".join([*parts, *unspaced])


def context(*given: str) -> Context:
    """A context of these words."""
    return Context(pattern(words(*given), any_case=True))


def _has_no_spaces(word: str) -> bool:
    return any(unicodedata.category(each) == "Lo" for each in word)


TELEPHONE = context(
    *("call", "phone", "telephone", "tel", "cell", "cellphone", "mobile", "text", "texted", "fax"),
    *("sms", "whatsapp", "reach me", "contact", "my number", "number is", "dial", "voicemail"),
    *("telefono", "celular", "cel", "movil", "llame", "llamame", "llamar", "llamen", "marque"),
    *("mi numero", "comuniquese", "电话", "電話", "手机", "手機", "联系", "聯絡", "致电", "來電"),
    *("điện thoại", "số đt", "sđt", "gọi", "liên hệ", "tawag", "tawagan", "numero ko", "telepono"),
    *("전화", "휴대폰", "핸드폰", "연락처"),
)
NOT_PERSONAL = context(
    *("tracking", "track", "order", "invoice", "case", "permit", "ticket", "ref", "reference"),
    *("confirmation", "serial", "model", "isbn", "apn", "parcel", "bid", "rfp", "resolution"),
    *("ordinance", "section", "sec", "docket", "sku", "upc", "vin", "ein", "item no", "version"),
    *("usps", "ups", "fedex", "dhl", "request number", "service request", "work order", "asset"),
    *("project", "contract", "zip", "population", "budget", "dollars", "file no", "report no"),
    *("guia", "rastreo", "pedido", "folio", "factura", "caso", "permiso", "boleto", "expediente"),
    *("solicitud", "presupuesto", "单号", "單號", "订单", "訂單", "编号", "編號", "预算", "預算"),
    *("mã đơn", "mã vận đơn", "vận đơn", "hồ sơ", "resibo", "주문번호", "송장", "접수번호"),
)
SOCIAL = context(
    *("ssn", "ss#", "ss no", "social security", "social sec", "my social", "soc sec", "itin"),
    *("tax id", "taxpayer", "seguro social", "numero de seguro", "社安", "社会安全", "社會安全"),
    *("an sinh xã hội", "사회보장", "sss"),
)
CARD = context(
    *("card", "visa", "mastercard", "amex", "american express", "discover", "credit", "debit"),
    *("tarjeta", "credito", "debito", "信用卡", "卡号", "卡號", "thẻ", "kard", "카드"),
)
ROUTING = context(
    *("routing", "aba", "rtn", "transit number", "numero de ruta", "ruta bancaria", "ruteo"),
    *("路由号", "汇款路线", "匯款路線", "định tuyến", "라우팅"),
)
BANK = context(
    *("bank", "checking", "savings", "direct deposit", "wire", "zelle", "iban", "credit union"),
    *("chase", "wells fargo", "bank of america", "us bank", "banco", "cuenta de cheques"),
    *("cuenta bancaria", "cuenta de ahorros", "clabe", "deposito", "银行", "銀行", "帐户", "帳戶"),
    *("ngân hàng", "bangko", "은행", "계좌"),
)
UTILITY = context(
    *("utility", "utilities", "water", "sewer", "electric", "electricity", "power", "gas", "trash"),
    *("garbage", "refuse", "solid waste", "meter", "bill", "billing", "service", "irrigation"),
    *("agua", "luz", "electricidad", "recibo", "basura", "servicio", "medidor", "drenaje"),
    *(
        "水费",
        "水費",
        "水电",
        "水電",
        "电费",
        "電費",
        "tiền nước",
        "tiền điện",
        "tubig",
        "kuryente",
    ),
    *("수도", "전기", "요금"),
)
DRIVER = context(
    *("driver's license", "drivers license", "driver license", "driver's licence", "license no"),
    *("drivers licence", "driver licence", "license number", "licence number", "dl", "dl#", "cdl"),
    *("d.l.", "cadl", "ca id", "id card", "california id", "my id", "driving license"),
    *("licencia de conducir", "licencia de manejar", "mi licencia", "numero de licencia"),
    *("驾照", "駕照", "驾驶执照", "駕駛執照", "bằng lái", "lisensya", "운전면허", "면허증"),
)
PLATE = context(
    *("plate", "plates", "license plate", "licence plate", "lic plate", "plate number", "tag"),
    *("lic", "registration", "placa", "placas", "matricula", "车牌", "車牌", "biển số", "plaka"),
    *("번호판", "차량번호"),
)
VEHICLE = context(
    *(
        "license",
        "licence",
        "car",
        "truck",
        "van",
        "suv",
        "sedan",
        "pickup",
        "vehicle",
        "motorcycle",
        "driver",
        "parked",
    ),
    *("speeding", "honda", "toyota", "ford", "chevy", "chevrolet", "nissan", "tesla", "bmw"),
    *("jeep", "dodge", "hyundai", "kia", "subaru", "lexus", "mazda", "carro", "coche", "camioneta"),
    *("troca", "auto", "vehiculo", "moto", "汽车", "汽車", "车子", "車子", "xe", "kotse", "차량"),
)
HOME = context(
    *("live at", "lives at", "living at", "reside at", "resides at", "my address", "home address"),
    *("address is", "address", "my house", "his house", "her house", "mail to", "mail it to"),
    *("moved to", "deliver to", "come to", "vivo en", "vive en", "mi casa", "direccion"),
    *("domicilio", "住在", "地址", "住址", "địa chỉ", "sống ở", "nakatira", "tirahan", "주소"),
)
