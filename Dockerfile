# One image for both services: the gateway by default, the worker with `node dist/workers/main.js`.

FROM node:22-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY client-sdk/client/package.json client-sdk/client/
COPY client-sdk/inbox/package.json client-sdk/inbox/
COPY client-sdk/react/package.json client-sdk/react/
COPY client-sdk/node/package.json client-sdk/node/
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY protocol protocol
COPY core core
COPY config config
COPY infra infra
COPY server server
COPY workers workers
RUN npm run build

FROM node:22-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY client-sdk/client/package.json client-sdk/client/
COPY client-sdk/inbox/package.json client-sdk/inbox/
COPY client-sdk/react/package.json client-sdk/react/
COPY client-sdk/node/package.json client-sdk/node/
RUN npm ci --omit=dev

FROM node:22-slim
ENV NODE_ENV=production PORT=3000
WORKDIR /app
COPY package.json ./
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist dist
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/server/main.js"]
