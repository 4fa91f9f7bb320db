// The REST reference was here before: its fragments lead to its new address.
if (/^#(?:tag|description|model|v1)\b/.test(location.hash)) location.replace(`/docs/rest/${location.hash}`);

// Wide tables scroll; a keyboard must reach them for that.
addEventListener('DOMContentLoaded', () => {
  for (const table of document.querySelectorAll('.tsd-typography table')) table.tabIndex = 0;
});
