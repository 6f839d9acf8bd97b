/** What the application's page is to look like; all of it goes through the address. */
export interface Drawn {
  user: string;
  /** Where the hub is. */
  hub: string;
  layout?: 'bell' | 'page';
  theme?: 'auto' | 'light' | 'dark';
  lang?: string;
  dir?: 'ltr' | 'rtl';
  /**
   * - shared: the page connects and hands its hub to the element
   * - own: the element connects, with the page's function for tokens
   * - text: as "own", by attributes alone, with the token in the page
   */
  connects?: 'shared' | 'own' | 'text';
  /** Seconds that tokens last. */
  lifetime?: number;
  /** For "text". */
  token?: string;
}

/** The page as the server sends it. */
export function drawn(asked: Partial<Record<keyof Drawn, string>>): string {
  const { lang = 'en', dir = 'ltr', layout = 'bell', theme = 'auto', connects, hub = '', token = '' } = asked;
  const inbox = element({ layout, theme, ...(connects === 'text' && { url: hub, token }) });
  const bell = layout === 'bell';
  return `<!doctype html>
<html lang="${escaped(lang)}" dir="${escaped(dir)}" data-theme="${escaped(theme)}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>An application</title>
    <link rel="stylesheet" href="/style.css">
    <script type="module" src="/main.js"></script>
  </head>
  <body>
    <header>
      <a href="#content">Skip to the content</a>
      <h1>An application</h1>
      ${bell ? inbox : ''}
    </header>
    <main id="content">
      ${bell ? '' : inbox}
      <p>What the application is about, with a <a href="#more">link</a>.</p>
    </main>
  </body>
</html>`;
}

function element(attributes: Record<string, string>): string {
  const written = Object.entries(attributes).map(([name, value]) => ` ${name}="${escaped(value)}"`);
  return `<hubbub-inbox${written.join('')}></hubbub-inbox>`;
}

const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
