{
  "targets": [
    {
      "target_name": "packet_io_core",
      "type": "static_library",
      "includes": ["flags.gypi"],
      "sources": [
        "native/address.cc",
        "native/addon.cc",
        "native/alarm.cc",
        "native/arena.cc",
        "native/binding.cc",
        "native/budget.cc",
        "native/certificate.cc",
        "native/dtls-records.cc",
        "native/dtls.cc",
        "native/fingerprint.cc",
        "native/flush.cc",
        "native/frame-queue.cc",
        "native/frame-reader.cc",
        "native/header-extensions.cc",
        "native/outgoing-packet.cc",
        "native/plane-tcp.cc",
        "native/plane.cc",
        "native/receive.cc",
        "native/session-table.cc",
        "native/socket.cc",
        "native/srtp-cipher.cc",
        "native/srtp-keys.cc",
        "native/srtp.cc",
        "native/stream-table.cc",
        "native/tcp.cc",
        "native/transmit.cc"
      ]
    },
    {
      "target_name": "packet_io",
      "includes": ["flags.gypi"],
      "dependencies": ["packet_io_core"],
      "sources": ["native/module.cc", "native/kernel.cc"]
    },
    {
      "target_name": "packet_io_hooks",
      "includes": ["flags.gypi"],
      "dependencies": ["packet_io_core"],
      "sources": [
        "native/hooks/module.cc",
        "native/hooks/failing-kernel.cc",
        "native/hooks/floor.cc",
        "native/hooks/vectors.cc"
      ]
    }
  ]
}
