# The image of Waterbus: one Node, its C library and the packages; no shell, no package manager.
#   docker build -t waterbus .
# BASE_IMAGE is a Debian with Node, npm and g++. PACKAGES=packed takes the tarballs that
# `npm run pack` wrote to dist-packages, instead of building them from the sources.
# `npm run image` builds and tests the image without a container runtime and without a registry.
ARG BASE_IMAGE=docker.io/library/node:26-trixie

FROM ${BASE_IMAGE} AS build
ARG PACKAGES=sources
WORKDIR /src
COPY . .
RUN test "$PACKAGES" = packed || { npm ci --ignore-scripts && node scripts/pack.mjs --this-machine; }
RUN node scripts/image/root.mjs /image

FROM scratch
ARG VERSION=0.1.0
ARG REVISION=
ARG SOURCE=
LABEL org.opencontainers.image.title="Waterbus" \
  org.opencontainers.image.description="Self-hosted video conferencing on its own SFU" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}" \
  org.opencontainers.image.source="${SOURCE}"
COPY --from=build /image /
ENV NODE_ENV=production DATA_DIR=/data PATH=/usr/local/bin
# The user of /etc/passwd in the image, as a number: Kubernetes checks `runAsNonRoot` by it.
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080/tcp 40000-40063/udp 40000-40063/tcp
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["waterbus", "health"]
ENTRYPOINT ["waterbus"]
CMD ["start"]
