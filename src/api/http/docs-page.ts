import fastifySwaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';

/** Where the viewer of the OpenAPI document lies, with its files below. Open, as the document is. */
export const DOCS_PATH = '/docs';

/** Scripts and styles from here alone; `data:` is for the viewer's own icons. */
const PAGE_POLICY = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data:",
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
};

/** Swagger UI has a dark theme, which only a button of a bar that we do not show would turn on. */
const FOLLOW_COLOR_SCHEME = `const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', follow);
follow();
`;

/** What of the viewer's own style has a contrast below 4.5, or is wider than a phone. */
const STYLE = `
.swagger-ui .opblock .opblock-summary-method.opblock-summary-method { background: #0b57c2; color: #fff; }
.swagger-ui .opblock-post .opblock-summary-method.opblock-summary-method { background: #0b6b43; }
.swagger-ui .info .title small.version-stamp, .swagger-ui .version-stamp .version { background: #3c4654; }
.swagger-ui .info a, .swagger-ui .info .url { color: #0b57c2; }
.swagger-ui .authorize.btn.btn { border-color: #0b6b43; }
.swagger-ui .authorize.btn.btn span { color: #0b6b43; }
.swagger-ui .microlight span { color: #e4e8ee !important; }
.swagger-ui .parameter__in, .swagger-ui .prop-format { color: #59636f; }
.dark-mode .swagger-ui .info a, .dark-mode .swagger-ui .info .url { color: #82b4ff; }
.dark-mode .swagger-ui .authorize.btn.btn span { color: #6fd3a2; }
.dark-mode .swagger-ui .parameter__in, .dark-mode .swagger-ui .prop-format { color: #9aa6b5; }
.dark-mode .swagger-ui .headers .header-col { color: #e4e8ee; }
.swagger-ui .servers-title, .swagger-ui .servers { display: none; }
@media (max-width: 640px) {
  .swagger-ui .wrapper { padding: 0 12px; }
  .swagger-ui .info .title { overflow-wrap: anywhere; }
  .swagger-ui .info, .swagger-ui .opblock-body { overflow-x: auto; }
}
`;

/** Serves Swagger UI over the document of @fastify/swagger, which must be registered first. */
export async function registerDocsPage(app: FastifyInstance): Promise<void> {
  await app.register(fastifySwaggerUi, {
    routePrefix: DOCS_PATH,
    staticCSP: PAGE_POLICY,
    theme: {
      title: 'HTTP interface',
      css: [{ filename: 'theme.css', content: STYLE }],
      js: [{ filename: 'theme.js', content: FOLLOW_COLOR_SCHEME }],
    },
    uiConfig: {
      layout: 'BaseLayout',
      deepLinking: true,
      validatorUrl: null,
      showExtensions: true,
      defaultModelsExpandDepth: 0,
      tagsSorter: 'alpha',
    },
  });
}
