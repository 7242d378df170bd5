# The service without its embedded parts: in a container it is given REDIS_URL and DATABASE_URL.
# Node's current LTS; the oldest version that works is in package.json.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY workers workers
RUN node_modules/.bin/tsc -p tsconfig.build.json && rm dist/.tsbuildinfo && cp -r src/console/assets dist/src/console/

FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM ${NODE_IMAGE}
# METRICS_PORT serves health in every process, whatever it runs; it needs no token, so do not publish it.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 METRICS_PORT=9464 DATA_DIR=/data DRAIN_DELAY_MS=3000
WORKDIR /app
# In sandbox mode the stand-in's books are kept in here; nothing else is, with both addresses given.
RUN install -d -o node -g node -m 0700 /data
VOLUME /data
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json ./
COPY bin bin
COPY docs/runbooks docs/runbooks
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["node", "bin/healthcheck.mjs"]
# The process itself, without npm or a shell between: SIGTERM has to reach it.
CMD ["node", "dist/workers/main.js", "--run=all"]
