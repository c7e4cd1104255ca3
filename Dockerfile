# docker run --rm -v "$PWD:/src:ro" gatelint
FROM rust:1.90-alpine3.22 AS build
WORKDIR /build
COPY . .
# Alpine's own target links everything in: the program needs no system below it.
RUN cargo build --release --locked --bin gatelint

FROM scratch
COPY --from=build /build/target/release/gatelint /usr/bin/gatelint
COPY --from=build /build/LICENSE-MIT /build/LICENSE-APACHE /licenses/
# Nobody: gatelint only reads. To write a report, run it with `--user "$(id -u):$(id -g)"`.
USER 65532:65532
WORKDIR /src
ENTRYPOINT ["/usr/bin/gatelint"]
CMD ["check"]
