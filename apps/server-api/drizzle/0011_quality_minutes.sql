CREATE TABLE "quality_minutes" (
	"meeting_id" uuid NOT NULL,
	"minute" integer NOT NULL,
	"upload_bitrate" integer NOT NULL,
	"download_bitrate" integer NOT NULL,
	"available_bitrate" integer,
	"seconds" smallint NOT NULL,
	"impaired_seconds" smallint NOT NULL,
	"quality" smallint NOT NULL,
	"limitation" smallint NOT NULL,
	"way" smallint,
	"round_trip_time" smallint,
	"upload_loss" smallint,
	"download_loss" smallint,
	"server_loss" smallint NOT NULL,
	"server_delay" smallint NOT NULL,
	"missing_pictures" smallint NOT NULL,
	"frame_height" smallint,
	"freezes" smallint,
	"freeze_time" smallint,
	"participant_id" text NOT NULL,
	CONSTRAINT "quality_minutes_meeting_id_minute_participant_id_pk" PRIMARY KEY("meeting_id","minute","participant_id")
);
--> statement-breakpoint
ALTER TABLE "quality_minutes" ADD CONSTRAINT "quality_minutes_meeting_id_meetings_id_fk" FOREIGN KEY ("meeting_id") REFERENCES "public"."meetings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "quality_minutes_minute" ON "quality_minutes" USING brin ("minute");