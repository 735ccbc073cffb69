# One image; its command chooses the part: `start ledger`, `start hub`, `start worker`, `start gateway`, or all in one.
# Node runs the TypeScript as it is, so there is nothing to build. The workspaces stay symlinks into the source: Node
# refuses to run .ts files that lie in node_modules (docs/adr/0004).
FROM node:24-slim

ENV NODE_ENV=production
WORKDIR /app
COPY . .
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --workspace=lastunit --no-audit --no-fund

# Only what is not configured is kept here: generated secrets and the embedded PostgreSQL.
ENV DATA_DIR=/var/lib/lastunit
RUN install -d -o node -g node -m 0700 "$DATA_DIR"

USER node
ENV HOST=0.0.0.0
EXPOSE 4000 4010

# The gateway's health, which in one process stands for all; docker-compose.yml asks the ledger for its own.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 4000}/health/ready`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]

ENTRYPOINT ["node", "apps/lastunit/src/main.ts"]
CMD ["start"]
