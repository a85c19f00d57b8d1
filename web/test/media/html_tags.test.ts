import { expect, test } from "vitest";
import { plainTags } from "../../src/media/html_tags";

// What becomes of whole texts is looked at in a real browser: tests/browser/test_texts.py.

test("known tags lose all that is not about how text is laid out", () => {
  expect(plainTags('<b onclick="x()" style="y">z</b>')).toBe("<b>z</b>");
  expect(plainTags("<TD ALIGN=right class='card' colspan='2'>z</TD>")).toBe('<td align="right" colspan="2">z</td>');
  expect(plainTags('<a href="a<b&quot;" id="app">c</a>')).toBe('<a href="a&lt;b&quot;">c</a>');
  expect(plainTags("<p>1 &lt; 2</p>")).toBe("<p>1 &lt; 2</p>");
});

test("what is no known tag is text", () => {
  expect(plainTags("<!-- gone -->x <script>alert(1)</script>")).toBe("x &lt;script&gt;alert(1)&lt;/script&gt;");
  expect(plainTags('<form action="x"><input>')).toBe("&lt;form action=&quot;x&quot;&gt;&lt;input&gt;");
  expect(plainTags("1 < 2 <b")).toBe("1 &lt; 2 &lt;b");
});

test("no text takes long, however it is meant", () => {
  const length = 200_000;
  for (const part of ["<a ", '<a "', "<a '", '<a x="', "<!--", "<a x=", '"<a ']) {
    expect(plainTags(part.repeat(length / part.length)).length).toBeGreaterThan(0);
  }
});
