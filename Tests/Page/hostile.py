"""Text that attackers would choose."""

HOSTILE = {
    "image": "<img src=x onerror=document.title='owned'>",
    "script": "</script><script>document.title='owned'</script>",
    "direction": "abc\u202egnp.exe\u2066",
    "terminal": "\x1b[31mred\x07\r\nnext\x00\u009b",
    "marks": "a" + "\u0301" * 40,
    "blank": "\u200b\u00a0\u2028\ufeff\U000e0041",
    "template": "${7*7}{{7*7}}&lt;b&gt;",
}
HOSTILE_TEXT = " ".join(HOSTILE.values())
