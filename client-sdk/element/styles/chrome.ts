import { type CSSResult, css } from 'lit';

/** The bell, the panel, and its content except the items. */
export const chrome: CSSResult = css`
.bell{position:relative;display:grid;place-items:center;width:var(--hubbub-bell-size,2.5rem);height:var(--hubbub-bell-size,2.5rem);border-radius:50%;transition:background .15s}
.bell:hover,.bell[aria-expanded=true]{background:var(--over)}
.bell svg{width:55%;height:55%}
.badge{position:absolute;top:-1px;inset-inline-start:52%;min-width:1.2rem;padding:0 .3rem;border-radius:1rem;background:var(--hubbub-badge,#d3271b);color:var(--hubbub-on-badge,#fff);box-shadow:0 0 0 2px var(--bg);font-size:.6875rem;font-weight:650;line-height:1.2rem;text-align:center;font-variant-numeric:tabular-nums;white-space:nowrap}
.panel{display:flex;flex-direction:column;overflow:clip;background:var(--bg);color:var(--fg);border:1px solid var(--line);border-radius:var(--r);padding:0;margin:0}
.panel[popover]{position:fixed;inset:auto;width:min(var(--hubbub-width,26rem),100vw - 16px);max-height:min(var(--hubbub-height,38rem),var(--room));overflow:hidden auto;box-shadow:var(--hubbub-shadow,0 2px 6px rgb(15 15 35/6%),0 16px 48px -8px light-dark(rgb(15 15 35/22%),rgb(0 0 0/70%)))}
.panel[popover]:not(:popover-open){display:none}
.panel,.scroll{outline:0}
.panel.full{width:100vw;border-inline:0;border-radius:0}
.panel:popover-open{animation:in .16s ease-out}
@keyframes in{from{opacity:0;translate:0 -6px}}
.top,.words{display:flex;gap:.25rem .5rem}
.words{flex:1;flex-wrap:wrap;align-items:center;justify-content:flex-end;min-width:0}
.words,[role=tab]{overflow-wrap:anywhere}
.top{padding-block:.75rem .25rem;padding-inline:var(--gap) .75rem}
h2{flex:1;padding-block:.2rem;font-size:1.0625em;font-weight:650;letter-spacing:-.01em;max-width:100%;overflow-wrap:break-word}
[role=tablist]{display:flex;flex-wrap:wrap;gap:.25rem;padding:.25rem var(--gap) .625rem;border-block-end:1px solid var(--line)}
[role=tab]{display:flex;align-items:center;gap:.4em;padding:.3rem .7rem;border-radius:2rem;color:var(--dim);font-size:.9em;font-weight:550;transition:background .15s,color .15s}
[role=tab]:hover{background:var(--over)}
[role=tab][aria-selected=true]{background:color-mix(in srgb,var(--main) 12%,var(--bg));color:color-mix(in srgb,var(--main) 80%,var(--fg))}
.pill{flex:none;white-space:nowrap;font-size:.85em;font-variant-numeric:tabular-nums}
.quiet{padding:.3rem .6rem;border-radius:.5rem;color:var(--main);font-size:.867em;font-weight:550;transition:background .15s}
.quiet:hover{background:var(--over)}
[aria-disabled=true]{color:var(--dim);cursor:default;opacity:.75}
[aria-disabled=true]:hover{background:none}
.solid{padding:.4rem .9rem;border-radius:.6rem;background:var(--main);color:var(--on);font-size:.867em;font-weight:600}
.icon{display:grid;place-items:center;width:2rem;height:2rem;border-radius:50%;color:var(--dim)}
.icon:hover{background:var(--over);color:var(--fg)}
.scroll{flex:1 1 auto;min-height:0;overflow-anchor:none}
[popover] .scroll{min-height:5rem;overflow:hidden auto;overscroll-behavior:contain;scrollbar-width:thin;scrollbar-color:var(--line) transparent}
.notice{display:flex;align-items:center;gap:.6rem;padding:.55rem var(--gap);border-block-end:1px solid var(--line);background:var(--over);font-size:.867em;animation:in .16s ease-out}
.notice p{flex:1}
.bad{color:var(--bad)}
.notice.bad{background:color-mix(in srgb,var(--bad) 7%,var(--bg))}
.notice .solid{padding-block:.2rem}
.instead{display:flex;flex-direction:column;align-items:center;justify-content:center;gap:.35rem;padding:3rem 2rem 3.5rem;color:var(--dim);text-align:center;font-size:.933em}
.instead svg{width:2.6rem;height:2.6rem;margin-block-end:.5rem;stroke-width:1.25}
.instead .solid{margin-block-start:.75rem}
.lead{color:var(--fg);font-weight:600}
.ghost{display:flex;gap:.8rem;padding:var(--gap);animation:pulse 1.6s ease-in-out infinite alternate}
.ghost div{flex:1;padding-block-start:.3rem}
.ghost i{display:block;width:2.25rem;height:2.25rem;border-radius:50%;background:var(--line)}
.ghost div i{width:88%;height:.65rem;border-radius:1rem}
.ghost div i+i{width:38%;margin-block-start:.6rem}
.ghost:nth-child(odd) div i:first-child{width:70%}
@keyframes pulse{from{opacity:.9}to{opacity:.45}}
.more{display:grid;place-items:center;min-height:3.25rem}
@media(forced-colors:active){.badge,.dot,.unread .dot{forced-color-adjust:none}.panel,.face{border:1px solid CanvasText}[role=tab][aria-selected=true]{border-block-end:2px solid Highlight;border-radius:0}}
`;
