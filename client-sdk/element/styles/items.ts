import { type CSSResult, css } from 'lit';

export const items: CSSResult = css`
.list{display:flow-root}
.item{position:relative;display:flex;gap:.8rem;padding:var(--gap);padding-inline-end:calc(var(--gap) - .25rem);border-block-end:1px solid var(--line);transition:background .15s}
.item:hover{background:var(--over)}
.unread{background:var(--tint)}
.unread:hover{background:color-mix(in srgb,var(--main) 5%,var(--tint))}
.item:focus-visible{outline-offset:-3px;border-radius:.5rem}
.fresh{animation:fresh 2.4s ease-out}
@keyframes fresh{0%,30%{background:color-mix(in srgb,var(--main) 18%,var(--bg))}}
.all{position:absolute;inset:0}
.when{position:relative;text-decoration:none}
.face{position:relative;flex:none;display:grid;place-items:center;width:var(--hubbub-avatar-size,2.25rem);height:var(--hubbub-avatar-size,2.25rem);overflow:hidden;border-radius:50%;background:light-dark(hsl(var(--h) 70% 92%),hsl(var(--h) 28% 26%));color:light-dark(hsl(var(--h) 60% 28%),hsl(var(--h) 60% 86%));font-size:.8em;font-weight:600;letter-spacing:.02em;pointer-events:none}
.face img{position:absolute;inset:0;width:100%;height:100%;object-fit:cover}
.body{flex:1;min-width:0}
.text{overflow-wrap:anywhere;text-align:-webkit-match-parent;text-align:match-parent;color:color-mix(in srgb,var(--fg) 78%,var(--bg))}
.name{color:var(--fg);font-weight:500;text-decoration:none;unicode-bidi:isolate}
a.name{position:relative;border-radius:.2rem}
a.name:hover{text-decoration:underline;text-underline-offset:.15em}
.unread .name{font-weight:600}
.meta{margin-block-start:.15rem;color:var(--dim);font-size:.845em}
.count::before{content:"·";margin-inline:.4em}
.mark{position:relative;flex:none;align-self:center;display:grid;place-items:center;width:1.875rem;height:1.875rem;border-radius:50%}
.mark:hover{background:color-mix(in srgb,var(--main) 14%,transparent)}
.dot{width:.625rem;height:.625rem;border-radius:50%;border:2px solid var(--dim);opacity:0;transition:opacity .15s,background .15s}
.item:is(:hover,:focus-within) .dot{opacity:.7}
.unread .dot,.unread:is(:hover,:focus-within) .dot{opacity:1;border-color:var(--main);background:var(--main)}
@media(hover:none){.dot{opacity:.35}}
`;
