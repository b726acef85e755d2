# wirespan's image: Node, the bundled program, its capture addon with libpcap inside, and a launcher; no shell, no npm.
# Sensor and agent run from the same image. docs/image.md says what it holds, how it is built and what is checked.
#   docker buildx build --platform linux/amd64,linux/arm64 .
# Everything runs on the platform of the builder, and compiles for that of the image: no emulation is needed.
ARG BUILD_BASE=docker.io/library/node:24-bookworm-slim
# Node of the image's platform; and Debian's libraries that it needs, of the same release as BUILD_BASE.
ARG NODE_BASE=${BUILD_BASE}
ARG RUNTIME_BASE=gcr.io/distroless/cc-debian12:nonroot

FROM ${NODE_BASE} AS node
FROM ${RUNTIME_BASE} AS runtime

# What both halves need: tools, and the npm packages of package-lock.json.
FROM --platform=${BUILDPLATFORM} ${BUILD_BASE} AS tools
WORKDIR /build
# libpcap comes as source, from the Debian archive that the base uses.
RUN sed -i 's/^Types: deb$/Types: deb deb-src/' /etc/apt/sources.list.d/*.sources \
  && apt-get update -qq \
  && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends \
    bison dpkg-dev flex g++ libc6-dev libcap2-bin make python3 >/dev/null
COPY .npmrc package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund --prefer-offline

# One half, a layer that stays the same while Node and libpcap do: machine code, for the platform of the image.
FROM tools AS native
ARG TARGETARCH
RUN case $TARGETARCH in \
    amd64) machine=x86_64-linux-gnu node=x64 ;; \
    arm64) machine=aarch64-linux-gnu node=arm64 ;; \
    *) echo "TARGETARCH is '$TARGETARCH': the image is for amd64 and arm64" >&2; exit 1 ;; \
  esac \
  && echo "$machine" >/machine && echo "$node" >/node-arch \
  && if [ ! -e "/usr/bin/$machine-g++" ]; then \
    DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends "g++-$(echo $machine | tr _ -)" >/dev/null; \
  fi
# Linked into the addon, without D-Bus and RDMA: Debian's own brings systemd and cryptography into the process.
RUN apt-get source -qq --only-source libpcap >/dev/null && mv libpcap-*/ libpcap && cd libpcap \
  && dpkg-parsechangelog --show-field Version >/libpcap-version \
  && CC=$(cat /machine)-gcc CFLAGS="-O2 -fPIC" ./configure --quiet --host="$(cat /machine)" --prefix=/libpcap \
    --disable-shared --disable-dbus --disable-rdma --disable-usb --disable-bluetooth --without-libnl \
  && make -s -j"$(nproc)" libpcap.a && make -s install >/dev/null
COPY image/launcher.c ./
# Files of one time, so that the same inputs give the same layer.
RUN --mount=type=bind,from=node,source=/usr/local,target=/node \
  machine=$(cat /machine) bin=/image/usr/local/bin addon=/image/opt/wirespan/node_modules/pcap/build/Release \
  && mkdir -p $bin $addon && "$machine-strip" -o $bin/node /node/bin/node \
  && "$machine-gcc" -static -Os -Wall -Wextra -Werror -o $bin/wirespan launcher.c \
    -DLAUNCHER='"/usr/local/bin/wirespan"' -DNODE='"/usr/local/bin/node"' -DPROGRAM='"/opt/wirespan/dist/bin/cli.js"' \
  && cd node_modules/pcap \
  && CC=$machine-gcc CXX=$machine-g++ AR=$machine-ar CXXFLAGS=-I/libpcap/include LDFLAGS=-L/libpcap/lib \
    node "$(npm root -g)/npm/node_modules/node-gyp/bin/node-gyp.js" rebuild --silent --nodedir=/node --arch="$(cat /node-arch)" \
  && cp build/Release/pcap_binding.node $addon && "$machine-strip" $addon/pcap_binding.node $bin/wirespan \
  && chmod -R u=rwX,go=rX /image && chmod 755 $bin/* && setcap cap_net_raw+p $bin/wirespan \
  && find /image -exec touch --no-dereference --date=@0 {} +

# The other half: the program, the same on every platform.
FROM tools AS program
COPY LICENSE tsconfig.json ./
COPY scripts/ scripts/
COPY src/ src/
RUN npx --no-install tsc -p tsconfig.json --noCheck && node dist/scripts/bundle/map-page.js \
  && node dist/scripts/image/write-program.js --out /program --packages /npm-packages.json

# And the list of all that is in the image.
FROM program AS listed
ARG SOURCE_DATE_EPOCH=0
COPY --from=native /libpcap-version /build/libpcap/LICENSE /libpcap/
RUN --mount=type=bind,from=node,source=/usr/local,target=/node \
  --mount=type=bind,from=runtime,source=/var/lib,target=/runtime \
  cp /node/LICENSE /program/licenses/node.txt && cp /libpcap/LICENSE /program/licenses/libpcap.txt \
  && node dist/scripts/image/write-sbom.js --out /program/sbom.spdx.json --program /program --packages /npm-packages.json \
    --debian /runtime/dpkg/status.d --headers /node/include --libpcap "$(cat /libpcap/libpcap-version)" --created "$SOURCE_DATE_EPOCH" \
  && chmod -R u=rwX,go=rX /program && find /program -exec touch --no-dereference --date=@0 {} +

FROM runtime
# Without --chown, which would take the launcher's capability away.
COPY --from=native /image/ /
COPY --from=listed /program/ /opt/wirespan/
LABEL org.opencontainers.image.title=wirespan \
  org.opencontainers.image.description="Draws the service graph of a Kubernetes cluster from DNS answers and TCP handshakes" \
  org.opencontainers.image.licenses=Apache-2.0
USER 65532:65532
WORKDIR /
ENTRYPOINT ["/usr/local/bin/wirespan"]
