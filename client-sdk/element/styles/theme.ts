import { type CSSResult, css } from 'lit';

/**
 * The custom properties that a page can set (`--hubbub-…`, see docs/inbox.md), and their light and dark defaults.
 * Written without spaces, because the build does not minify CSS in template strings.
 */
export const theme: CSSResult = css`
:host{
--bg:var(--hubbub-background,light-dark(#fff,#1b1b20));
--fg:var(--hubbub-text,light-dark(#1b1b21,#ececf1));
--dim:var(--hubbub-muted,light-dark(#60606b,#a6a6b3));
--line:var(--hubbub-border,light-dark(#e6e6ec,#31313b));
--over:var(--hubbub-hover,light-dark(#f4f4f7,#25252c));
--tint:var(--hubbub-unread,light-dark(#f5f5ff,#222231));
--main:var(--hubbub-accent,light-dark(#4f46e5,#a8a3fb));
--on:var(--hubbub-on-accent,light-dark(#fff,#17171d));
--bad:var(--hubbub-danger,light-dark(#b42318,#fda29b));
--ring:var(--hubbub-focus,var(--main));
--r:var(--hubbub-radius,14px);
--gap:var(--hubbub-spacing,14px);
color-scheme:light dark;
position:relative;
display:inline-block;
color:var(--fg);
font:400 var(--hubbub-font-size,.9375rem)/1.45 var(--hubbub-font,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif);
-webkit-font-smoothing:antialiased;
text-align:start
}
:host([theme=light]){color-scheme:light}
:host([theme=dark]){color-scheme:dark}
:host([layout=page]){display:block}
:host([hidden]),[hidden]{display:none!important}
*,::before,::after{box-sizing:border-box}
p,h2{margin:0;font:inherit}
button{margin:0;padding:0;border:0;background:none;color:inherit;font:inherit;cursor:pointer;-webkit-tap-highlight-color:transparent}
a{color:inherit}
svg{display:block;width:1.25em;height:1.25em;fill:none;stroke:currentColor;stroke-width:1.75;stroke-linecap:round;stroke-linejoin:round;flex:none}
:focus{outline:0}
:focus-visible{outline:2px solid var(--ring);outline-offset:2px}
.quietly{position:absolute;top:0;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media(prefers-reduced-motion:reduce){*,::before,::after{animation:none!important;transition:none!important}}
`;
