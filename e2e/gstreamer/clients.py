"""Publishes by WHIP and watches by WHEP with GStreamer's webrtcbin.

clients.py WHIP_URL WHIP_KEY WHEP_URL WHEP_KEY: ends with 0 when pictures and sound of the publisher
have been decoded by the player, and both sessions were ended by DELETE.
"""

import sys
import threading
import urllib.request

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

ENOUGH = 30
PATIENCE = 120

VIDEO = "application/x-rtp,media=video,encoding-name=VP8,clock-rate=90000,payload=97,rtcp-fb-nack-pli=true"
AUDIO = "application/x-rtp,media=audio,encoding-name=OPUS,clock-rate=48000,encoding-params=(string)2,payload=96"

PUBLISHER = (
    "webrtcbin name=peer bundle-policy=max-bundle "
    "videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=240,framerate=15/1 ! "
    f"vp8enc deadline=1 keyframe-max-dist=30 ! rtpvp8pay pt=97 ! {VIDEO} ! peer. "
    "audiotestsrc is-live=true wave=ticks ! audioconvert ! audioresample ! "
    f"audio/x-raw,rate=48000,channels=2 ! opusenc ! rtpopuspay pt=96 ! {AUDIO} ! peer. "
)


def request(method, url, key, body=None):
    headers = {"Authorization": f"Bearer {key}"}
    if body is not None:
        headers["Content-Type"] = "application/sdp"
    data = None if body is None else body.encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method)) as answer:
        return answer.status, answer.headers, answer.read().decode()


class Client:
    """One webrtcbin with its session over HTTP."""

    def __init__(self, pipeline, url, key):
        self.pipeline = pipeline
        self.peer = pipeline.get_by_name("peer")
        self.url = url
        self.key = key
        self.location = None
        self.offered = False
        self.reply = None
        self.peer.connect("notify::ice-gathering-state", self.gathering)

    def start(self):
        self.pipeline.set_state(Gst.State.PLAYING)

    def offer(self, *_):
        if self.offered:
            return
        self.offered = True
        promise = Gst.Promise.new_with_change_func(self.created)
        self.peer.emit("create-offer", None, promise)

    def created(self, promise):
        promise.wait()
        # The offer is a part of the reply, which has to stay.
        self.reply = promise.get_reply()
        offer = self.reply.get_value("offer")
        self.peer.emit("set-local-description", offer, Gst.Promise.new())

    def gathering(self, *_):
        state = self.peer.get_property("ice-gathering-state")
        if state == GstWebRTC.WebRTCICEGatheringState.COMPLETE and self.location is None:
            self.location = ""
            threading.Thread(target=self.post).start()

    def post(self):
        try:
            offer = self.peer.get_property("local-description").sdp.as_text()
            status, headers, text = request("POST", self.url, self.key, offer)
            self.location = headers["Location"]
            print(f"POST {self.url}: {status}, {self.location}")
            _, self.answer = GstSdp.SDPMessage.new_from_text(text)
            self.remote = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, self.answer)
            self.peer.emit("set-remote-description", self.remote, Gst.Promise.new())
        except Exception as error:  # noqa: BLE001
            body = error.read().decode() if hasattr(error, "read") else ""
            print(f"POST {self.url} failed: {error} {body}")
            finish(1)

    def stop(self):
        if not self.location:
            return False
        origin = "/".join(self.url.split("/")[:3])
        status, _, _ = request("DELETE", origin + self.location, self.key)
        print(f"DELETE {self.location}: {status}")
        self.pipeline.set_state(Gst.State.NULL)
        return status == 204


class Player(Client):
    def __init__(self, url, key):
        pipeline = Gst.Pipeline.new("player")
        peer = Gst.ElementFactory.make("webrtcbin", "peer")
        peer.set_property("bundle-policy", GstWebRTC.WebRTCBundlePolicy.MAX_BUNDLE)
        pipeline.add(peer)
        super().__init__(pipeline, url, key)
        self.counts = {"video": 0, "audio": 0}
        self.levels = []
        for caps in (AUDIO, VIDEO):
            direction = GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY
            peer.emit("add-transceiver", direction, Gst.Caps.from_string(caps))
        peer.connect("pad-added", self.added)

    def added(self, _, pad):
        if pad.get_direction() != Gst.PadDirection.SRC:
            return
        kind = pad.get_current_caps().get_structure(0).get_string("media")
        decoder = "rtpvp8depay ! vp8dec" if kind == "video" else "rtpopusdepay ! opusdec"
        sink = Gst.parse_bin_from_description(f"queue ! {decoder} ! fakesink name=sink signal-handoffs=true", True)
        sink.get_by_name("sink").connect("handoff", self.decoded, kind)
        self.pipeline.add(sink)
        sink.sync_state_with_parent()
        pad.link(sink.get_static_pad("sink"))

    def decoded(self, _sink, _buffer, _pad, kind):
        self.counts[kind] += 1
        if min(self.counts.values()) >= ENOUGH:
            GLib.idle_add(finish, 0)


loop = GLib.MainLoop()
outcome = []


def finish(status):
    if not outcome:
        outcome.append(status)
        loop.quit()
    return False


def main(whip_url, whip_key, whep_url, whep_key):
    Gst.init(None)
    publisher = Client(Gst.parse_launch(PUBLISHER), whip_url, whip_key)
    publisher.peer.connect("on-negotiation-needed", publisher.offer)
    player = Player(whep_url, whep_key)
    publisher.start()
    # First, when nobody has published yet, or after: both are permitted.
    player.start()
    GLib.timeout_add_seconds(1, player.offer)
    GLib.timeout_add_seconds(PATIENCE, finish, 1)
    loop.run()
    print(f"decoded: {player.counts}")
    ended = player.stop() and publisher.stop()
    return outcome[0] if ended else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
