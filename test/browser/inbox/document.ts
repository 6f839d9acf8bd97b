/** Options of the application's page, passed in its URL. */
export interface PageOptions {
  user: string;
  /** The URL of the hub. */
  hub: string;
  layout?: 'bell' | 'page';
  theme?: 'auto' | 'light' | 'dark';
  lang?: string;
  dir?: 'ltr' | 'rtl';
  /**
   * - shared: the page connects and passes its hub to the element
   * - own: the element connects, with the page's token function
   * - text: the element connects by attributes, with the token as text
   */
  connects?: 'shared' | 'own' | 'text';
  /** The lifetime of tokens in seconds. */
  lifetime?: number;
  /** The token for "text". */
  token?: string;
}

/** The HTML of the page. */
export function renderPage(options: Partial<Record<keyof PageOptions, string>>): string {
  const {
    lang = 'en',
    dir = 'ltr',
    layout = 'bell',
    theme = 'auto',
    connects,
    hub = '',
    token = '',
  } = options;
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
