"""What no text of a policy may say: pressure, untruth, and the price of silence (domain rules L13, L15)."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from settlement.rules.faults import Faults
from settlement.rules.types import Text, quoted


@dataclass(frozen=True, slots=True)
class Forbidden:
    """One kind of talk that is refused, how it sounds in either language, and what to say instead."""

    what: str
    instead: str
    en: str
    zh: str


_UP_TO_4_WORDS = r"\W+(?:\w+\W+){0,4}"
# The patterns see texts in NFKC, where most full-width signs have become the narrow ones.

FORBIDDEN = (
    Forbidden(
        "false finality",
        "say until when the offer stands and what would change it",
        en=r"\b(?:final|last|best) (?:offer|proposal|word|chance|decision)\b|\btake it or leave it\b"
        r"|\bnon-?negotiable\b|\b(?:cannot|can't|can not|will not|won't) (?:do|go|offer|give) "
        r"(?:any(?:thing)? )?(?:more|further|higher)\b|\bbottom line\b",
        zh=r"最[后终](?:的)?(?:一[个次])?(?:方案|报价|条件|机会|通牒|让步|决定)|爱要不要|底线|到此为止"
        r"|[不无](?:可能|会|能|法)再[加提让多]",
    ),
    Forbidden(
        '"company policy" as a reason',
        "give the reason itself: what happened, and which rule follows from it",
        en=r"\b(?:company|our|store|shop) (?:policy|policies|rules?|regulations?)\b"
        r"|\bagainst (?:the )?(?:policy|rules)\b|\bpolicy (?:is policy|does not|doesn't)\b",
        zh=r"(?:公司|我们|我司|店里|本店|商城|平台)(?:的|有)?(?:规定|政策|制度|规矩)|按照?规定|规定(?:就是|如此)|店规",
    ),
    Forbidden(
        "an order to be calm",
        "name what the customer feels, or leave it out",
        en=r"\b(?:calm|settle|cool) (?:yourself )?down\b|\b(?:please )?relax\b"
        r"|\b(?:don't|do not|no need to|stop) (?:be(?:ing)? |get(?:ting)? )?"
        r"(?:so )?(?:angry|upset|emotional|excited|shout(?:ing)?|overreact(?:ing)?)\b",
        zh=r"冷静(?!期)|淡定|息怒|消消?气|(?:别|不要|不必|莫|请勿)(?:这么|那么|再)?(?:激动|生气|动怒|发火|急躁|上火)",
    ),
    Forbidden(
        "asking for a review to be changed",
        "leave the customer's opinion to the customer",
        en=rf"\b(?:delet|remov|withdraw|tak|chang|edit|revis|alter|updat)\w*{_UP_TO_4_WORDS}"
        r"(?:reviews?|ratings?|comments?|posts?|videos?|feedback)\b"
        rf"|\b(?:reviews?|ratings?|comments?|posts?){_UP_TO_4_WORDS}(?:deleted|removed|withdrawn|down|changed)\b"
        r"|\b(?:five|5)[- ]stars?\b|\b(?:good|positive) (?:review|rating)s?\b",
        zh=r"(?:删|撤|改|移除|屏蔽)[^,，.。;!?]{0,8}(?:差评|评价|评论|帖|微博|视频|笔记)"
        r"|(?:差评|评价|评论|帖子?|微博|视频|笔记)[^,，.。;!?]{0,6}(?:删|撤|改|下架)|(?:五星|给个?|换个?)好评|好评返",
    ),
    Forbidden(
        "asking for silence",
        "leave it out: nobody is asked to keep from authorities, courts or the public",
        en=rf"\b(?:not|never|don't|refrain from|stop|avoid|drop|withdraw)\b{_UP_TO_4_WORDS}"
        r"(?:complain(?:t|ts|ing)?|report(?:ing)?|sue|suing|regulators?|authorit\w+|police|court|press|media)\b"
        r"|\bkeep (?:this|it) (?:confidential|secret|private|quiet|between us)\b|\bnon-?disclosure\b",
        zh=r"(?:不要|不得|不再|不能|(?<![特分区级个类性辨])别|勿|停止|撤回|撤销|承诺不|保证不)[^,，.。;!?]{0,8}"
        r"(?:投诉|举报|起诉|曝光|外传|上诉|维权)|(?:请|承诺|同意|您[需须要应])[^,，.。;!?]{0,6}保密",
    ),
    Forbidden(
        "a waiver of rights",
        "leave it out: an offer never costs a right",
        en=rf"\b(?:waiv|giv|forgo|forfeit|renounc|surrender|releas)\w*{_UP_TO_4_WORDS}(?:rights?|claims?|remed\w+)\b"
        r"|\bno (?:further|more|other) claims?\b|\bfull and final\b",
        zh=r"放弃[^,，.。;!?]{0,10}(?:权利?|权益|索赔|追究|诉讼|请求|主张)|不再(?:追究|索赔|主张)"
        r"|一次性(?:了结|买断)|互不(?:追究|相欠)|两清",
    ),
    Forbidden(
        "false scarcity or urgency",
        "give the true date until which the offer stands",
        en=r"\b(?:only|just) (?:today|now|\d+ left)\b|\btoday only\b|\blimited[- ]time\b|\btoo late\b"
        r"|\bact (?:now|fast|quickly)\b|\bhurry\b|\bnow or never\b|\bwhile (?:stocks?|supplies) lasts?\b"
        r"|\b(?:expires|ends) (?:today|tonight|soon)\b|\blast (?:day|minute)\b",
        zh=r"仅限今|只限今|限时|过[期时]不候|抓紧|赶[快紧]|机会难得|名额有限|错过|仅剩|只剩|手慢|最后一[天刻]|今天不",
    ),
    Forbidden(
        "guilt",
        "leave our own troubles out of it",
        en=r"\b(?:lose|losing) my job\b|\b(?:be|get) (?:fined|fired|punished|in trouble)\b|\byou owe\b"
        r"|\bafter (?:all|everything) (?:that )?(?:we|i)\b|\bbe (?:more )?reasonable\b"
        r"|\bdisappoint(?:s|ed)? (?:me|us)\b|\bhelp me out\b",
        zh=r"被(?:扣|罚|开除|处分)|扣(?:我的?)?(?:工资|奖金|绩效)|(?:体谅|理解)(?:一下)?(?:我|小?店)|为难我|帮帮我"
        r"|丢(?:了|掉)?工作|仁至义尽|何必|斤斤计较|得理不饶人",
    ),
    Forbidden(
        "flattery as a lever",
        "thank the customer for what they did",
        en=r"\b(?:such )?an? (?:very )?(?:smart|wise|clever|generous|special|reasonable|vip) "
        r"(?:person|customer|client|man|woman)\b|\b(?:customers?|people|someone) like you\b"
        r"|\b(?:just|only|especially) for you\b|\bdon't tell (?:anyone|others)\b|\bmake an exception\b",
        zh=r"您(?:这么|那么|如此|真是)[^,，.。;!?]{0,6}|像您这样|只(?:给|为)您|破例|特例|别告诉|通情达理|有素质",
    ),
)

_PATTERNS = tuple((each, re.compile(f"{each.en}|{each.zh}")) for each in FORBIDDEN)


def refuse_forbidden(text: Text, place: str, faults: Faults) -> None:
    """Add a fault for everything that a text may not say, in either language."""
    for written in (text.en, text.zh):
        for said, forbidden in _said_in(written):
            faults.add(place, f"says {quoted(said)}: {forbidden.what}", forbidden.instead)


@lru_cache(maxsize=1000)
def _said_in(written: str) -> tuple[tuple[str, Forbidden], ...]:
    plain = unicodedata.normalize("NFKC", written).casefold().replace("’", "'")
    found = ((pattern.search(plain), forbidden) for forbidden, pattern in _PATTERNS)
    return tuple((" ".join(match.group().split()), forbidden) for match, forbidden in found if match)
