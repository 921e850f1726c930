BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0004');
CREATE TABLE answer (
	id INTEGER NOT NULL, 
	slug VARCHAR(128) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	topic VARCHAR(64) NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_answer PRIMARY KEY (id), 
	CONSTRAINT uq_answer_slug UNIQUE (slug)
);
INSERT INTO "answer" VALUES(1,'bill','faq','billing','2026-10-05 09:30:16.349746');
INSERT INTO "answer" VALUES(2,'router','community','wifi','2026-10-05 09:30:17.350763');
INSERT INTO "answer" VALUES(3,'old','faq','billing','2026-10-05 09:30:18.351780');
CREATE TABLE answer_text (
	id INTEGER NOT NULL, 
	version_id INTEGER NOT NULL, 
	language VARCHAR(8) NOT NULL, 
	question TEXT NOT NULL, 
	text TEXT NOT NULL, 
	short TEXT NOT NULL, 
	CONSTRAINT pk_answer_text PRIMARY KEY (id), 
	CONSTRAINT fk_answer_text_version_id_answer_version FOREIGN KEY(version_id) REFERENCES answer_version (id), 
	CONSTRAINT uq_answer_text_version_id_language UNIQUE (version_id, language)
);
INSERT INTO "answer_text" VALUES(1,1,'de','Wann kommt die Rechnung?','Am **3.** des Monats, {dir|Ihnen} per E-Mail.','Am 3.');
INSERT INTO "answer_text" VALUES(2,1,'en','When is the bill due?','On the 3rd.','');
INSERT INTO "answer_text" VALUES(3,2,'de','Router blinkt rot?','Neu starten ⚡️','');
INSERT INTO "answer_text" VALUES(4,3,'de','Alt?','Alt.','');
CREATE TABLE answer_version (
	id INTEGER NOT NULL, 
	answer_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	fingerprint VARCHAR(64) NOT NULL, 
	topic_titles JSON NOT NULL, 
	links JSON NOT NULL, 
	author VARCHAR(128) NOT NULL, 
	asked_at DATETIME, 
	valid_from DATETIME, 
	valid_until DATETIME, 
	staff_id INTEGER, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_answer_version PRIMARY KEY (id), 
	CONSTRAINT fk_answer_version_answer_id_answer FOREIGN KEY(answer_id) REFERENCES answer (id), 
	CONSTRAINT fk_answer_version_staff_id_staff FOREIGN KEY(staff_id) REFERENCES staff (id), 
	CONSTRAINT uq_answer_version_answer_id_number UNIQUE (answer_id, number)
);
INSERT INTO "answer_version" VALUES(1,1,1,'published','ae0d4dc5298d762e0d412a731e6369f6ef7839aa2735ea80d45e436cfc9ce1e4','{"de": "Rechnung", "en": "Bill"}','[{"url": "https://a.example/r?x=1&y=\u00e4", "titles": {"de": "Konto"}}]','',NULL,NULL,NULL,NULL,'2026-10-05 09:30:16.349746');
INSERT INTO "answer_version" VALUES(2,2,1,'published','41568a8a558e0155dc686f41fb2941dcec6b20f8d17ce54dbc206ad0c005e8b8','{"de": "WLAN"}','[]','Tom_77','2026-09-26 09:30:12.345678',NULL,NULL,NULL,'2026-10-05 09:30:17.350763');
INSERT INTO "answer_version" VALUES(3,3,1,'archived','38e74ed2ca59a1263db216980ea4350c77ca3b324c5d2f331965a32beda406cd','{"de": "Rechnung"}','[]','',NULL,NULL,NULL,NULL,'2026-10-05 09:30:18.351780');
CREATE TABLE attachment (
	id INTEGER NOT NULL, 
	message_id INTEGER NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	reference VARCHAR(512) NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	media_type VARCHAR(128) NOT NULL, 
	size BIGINT, 
	CONSTRAINT pk_attachment PRIMARY KEY (id), 
	CONSTRAINT fk_attachment_message_id_message FOREIGN KEY(message_id) REFERENCES message (id)
);
INSERT INTO "attachment" VALUES(1,2,'photo','AgACAgIAAxk','ä.jpg','image/jpeg',3000000000);
CREATE TABLE attempt (
	id INTEGER NOT NULL, 
	reply_id INTEGER NOT NULL, 
	outcome VARCHAR(16) NOT NULL, 
	detail VARCHAR(256) NOT NULL, 
	started_at DATETIME NOT NULL, 
	ended_at DATETIME, 
	CONSTRAINT pk_attempt PRIMARY KEY (id), 
	CONSTRAINT fk_attempt_reply_id_reply FOREIGN KEY(reply_id) REFERENCES reply (id)
);
INSERT INTO "attempt" VALUES(1,1,'sent','','2026-10-05 09:30:23.356865','2026-10-05 09:30:24.357882');
INSERT INTO "attempt" VALUES(2,2,'sending','','2026-10-05 09:30:35.369069',NULL);
INSERT INTO "attempt" VALUES(3,4,'uncertain','no answer within 30 s','2026-10-05 09:30:41.375171','2026-10-05 09:30:42.376188');
INSERT INTO "attempt" VALUES(4,5,'failed','400: message is too long','2026-10-05 09:30:45.379239','2026-10-05 09:30:46.380256');
INSERT INTO "attempt" VALUES(5,7,'sending','','2026-10-05 09:31:06.400596',NULL);
INSERT INTO "attempt" VALUES(6,11,'failed','429','2026-10-05 09:31:13.407715','2026-10-05 09:31:14.408732');
INSERT INTO "attempt" VALUES(7,13,'sent','','2026-10-05 09:31:20.414834','2026-10-05 09:31:21.415851');
CREATE TABLE "case" (
	id INTEGER NOT NULL, 
	conversation_id INTEGER NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	reason VARCHAR(32) NOT NULL, 
	urgency INTEGER NOT NULL, 
	evidence JSON NOT NULL, 
	topic VARCHAR(64) NOT NULL, 
	opening TEXT NOT NULL, 
	staff_id INTEGER, 
	opened_at DATETIME NOT NULL, 
	claimed_at DATETIME, 
	closed_at DATETIME, message_id INTEGER CONSTRAINT fk_case_message_id_message REFERENCES message (id), 
	CONSTRAINT pk_case PRIMARY KEY (id), 
	CONSTRAINT fk_case_conversation_id_conversation FOREIGN KEY(conversation_id) REFERENCES conversation (id), 
	CONSTRAINT fk_case_staff_id_staff FOREIGN KEY(staff_id) REFERENCES staff (id)
);
INSERT INTO "case" VALUES(1,3,'claimed','asked',2,'{"urgency": {"level": "normal", "reason": "asked"}, "words": "Mensch"}','','Bitte einen Menschen',1,'2026-10-05 09:30:40.374154','2026-10-05 09:30:47.381273',NULL,7);
INSERT INTO "case" VALUES(2,4,'resolved','brain_down',2,'{}','','and now?',2,'2026-10-05 09:30:58.392460','2026-10-05 09:30:59.393477','2026-10-05 09:31:00.394494',9);
CREATE TABLE channel_account (
	id INTEGER NOT NULL, 
	channel VARCHAR(32) NOT NULL, 
	account VARCHAR(128) NOT NULL, 
	progress JSON NOT NULL, 
	CONSTRAINT pk_channel_account PRIMARY KEY (id), 
	CONSTRAINT uq_channel_account_channel_account UNIQUE (channel, account)
);
INSERT INTO "channel_account" VALUES(1,'telegram','123456','{"offset": 19}');
CREATE TABLE community_reply (
	id INTEGER NOT NULL, 
	version_id INTEGER NOT NULL, 
	author VARCHAR(128) NOT NULL, 
	text TEXT NOT NULL, 
	votes INTEGER NOT NULL, 
	accepted BOOLEAN NOT NULL, 
	written_at DATETIME NOT NULL, 
	CONSTRAINT pk_community_reply PRIMARY KEY (id), 
	CONSTRAINT fk_community_reply_version_id_answer_version FOREIGN KEY(version_id) REFERENCES answer_version (id)
);
INSERT INTO "community_reply" VALUES(1,2,'Sabine_H','Stecker ziehen — 10 s warten.',12,1,'2026-09-27 09:30:12.345678');
CREATE TABLE conversation (
	id INTEGER NOT NULL, 
	customer_id INTEGER NOT NULL, 
	channel VARCHAR(32) NOT NULL, 
	account VARCHAR(128) NOT NULL, 
	chat VARCHAR(256) NOT NULL, 
	thread VARCHAR(128) NOT NULL, 
	owner VARCHAR(8) NOT NULL, 
	epoch INTEGER NOT NULL, 
	language VARCHAR(8), 
	facts JSON NOT NULL, 
	blocked BOOLEAN NOT NULL, 
	length INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, inbox_due DATETIME, inbox_set DATETIME, outbox_due DATETIME, outbox_set DATETIME, 
	CONSTRAINT pk_conversation PRIMARY KEY (id), 
	CONSTRAINT fk_conversation_customer_id_customer FOREIGN KEY(customer_id) REFERENCES customer (id), 
	CONSTRAINT uq_conversation_channel_account_chat_thread UNIQUE (channel, account, chat, thread)
);
INSERT INTO "conversation" VALUES(1,1,'telegram','123456','41','','bot',0,'de','{"introduced": true, "failures": 0, "answer_id": "bill", "question": "Wann kommt die Rechnung? \ud83e\uddfe Gr\u00f6\u00dfe, na\u00efve, \u4f60\u597d, \u05e9\u05dc\u05d5\u05dd", "question_id": null, "answered_id": null, "others": [], "offered": [], "notice": null, "form": {"name": "kontakt", "slots": {"contact": "Zo\u00eb \ud83d\udc69\u200d\ud83d\udc69\u200d\ud83d\udc67"}}, "contact": null}',0,4,'2026-10-05 09:30:20.353814',NULL,NULL,NULL,NULL);
INSERT INTO "conversation" VALUES(2,2,'telegram','123456','42','','bot',0,'de','{"introduced": true, "failures": 0, "answer_id": "bill", "question": "St\u00f6rung!", "question_id": null, "answered_id": null, "others": [], "offered": [], "notice": null, "form": {"name": "kontakt", "slots": {"contact": "Zo\u00eb \ud83d\udc69\u200d\ud83d\udc69\u200d\ud83d\udc67"}}, "contact": null}',0,5,'2026-10-05 09:30:30.363984',NULL,NULL,NULL,NULL);
INSERT INTO "conversation" VALUES(3,3,'telegram','123456','43','','agent',1,'de','{"introduced": true, "failures": 0, "answer_id": "bill", "question": "Bitte einen Menschen", "question_id": null, "answered_id": null, "others": [], "offered": [], "notice": null, "form": {"name": "kontakt", "slots": {"contact": "Zo\u00eb \ud83d\udc69\u200d\ud83d\udc69\u200d\ud83d\udc67"}}, "contact": null}',0,6,'2026-10-05 09:30:37.371103',NULL,NULL,NULL,NULL);
INSERT INTO "conversation" VALUES(4,4,'web','1','w1','','bot',2,'de','{"introduced": true, "failures": 0, "answer_id": "bill", "question": "and now?", "question_id": null, "answered_id": null, "others": [], "offered": [], "notice": null, "form": {"name": "kontakt", "slots": {"contact": "Zo\u00eb \ud83d\udc69\u200d\ud83d\udc69\u200d\ud83d\udc67"}}, "contact": null}',0,5,'2026-10-05 09:30:50.384324',NULL,NULL,NULL,NULL);
INSERT INTO "conversation" VALUES(5,5,'telegram','123456','45','','bot',0,'de','{"introduced": true, "failures": 0, "answer_id": "bill", "question": "und tsch\u00fcss", "question_id": null, "answered_id": null, "others": [], "offered": [], "notice": null, "form": {"name": "kontakt", "slots": {"contact": "Zo\u00eb \ud83d\udc69\u200d\ud83d\udc69\u200d\ud83d\udc67"}}, "contact": null}',1,2,'2026-10-05 09:31:02.396528',NULL,NULL,NULL,NULL);
INSERT INTO "conversation" VALUES(6,6,'telegram','123456','46','','bot',0,NULL,'{}',0,1,'2026-10-05 09:31:07.401613','2026-10-05 10:31:09.403647','2026-10-05 09:31:07.401613',NULL,NULL);
INSERT INTO "conversation" VALUES(7,7,'telegram','123456','47','','bot',0,'de','{"introduced": true, "failures": 0, "answer_id": "bill", "question": "Tarif?", "question_id": null, "answered_id": null, "others": [], "offered": [], "notice": null, "form": {"name": "kontakt", "slots": {"contact": "Zo\u00eb \ud83d\udc69\u200d\ud83d\udc69\u200d\ud83d\udc67"}}, "contact": null}',0,2,'2026-10-05 09:31:10.404664',NULL,NULL,'2026-10-05 10:31:14.408732','2026-10-05 09:31:12.406698');
INSERT INTO "conversation" VALUES(8,8,'telegram','123456','49','','bot',0,'de','{"introduced": true, "failures": 0, "answer_id": "bill", "question": "Adresse", "question_id": null, "answered_id": null, "others": [], "offered": [], "notice": null, "form": {"name": "kontakt", "slots": {"contact": "Zo\u00eb \ud83d\udc69\u200d\ud83d\udc69\u200d\ud83d\udc67"}}, "contact": null}',0,2,'2026-10-05 09:31:17.411783','2026-10-05 09:31:22.416868','2026-10-05 09:31:17.411783',NULL,NULL);
INSERT INTO "conversation" VALUES(9,9,'telegram','123456','48','','bot',0,NULL,'{}',0,2,'2026-10-05 09:31:23.417885','2026-10-05 09:31:23.417885','2026-10-05 09:31:23.417885',NULL,NULL);
CREATE TABLE customer (
	id INTEGER NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_customer PRIMARY KEY (id)
);
INSERT INTO "customer" VALUES(1,'Zoë 👩‍👩‍👧 Müller','2026-10-05 09:30:20.353814');
INSERT INTO "customer" VALUES(2,'','2026-10-05 09:30:30.363984');
INSERT INTO "customer" VALUES(3,'Ivan Ünal','2026-10-05 09:30:37.371103');
INSERT INTO "customer" VALUES(4,'','2026-10-05 09:30:50.384324');
INSERT INTO "customer" VALUES(5,'','2026-10-05 09:31:02.396528');
INSERT INTO "customer" VALUES(6,'NNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNN','2026-10-05 09:31:07.401613');
INSERT INTO "customer" VALUES(7,'','2026-10-05 09:31:10.404664');
INSERT INTO "customer" VALUES(8,'','2026-10-05 09:31:17.411783');
INSERT INTO "customer" VALUES(9,'','2026-10-05 09:31:23.417885');
CREATE TABLE event (
	id INTEGER NOT NULL, 
	channel VARCHAR(32) NOT NULL, 
	account VARCHAR(128) NOT NULL, 
	event_id VARCHAR(256) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	reason VARCHAR(128) NOT NULL, 
	raw JSON NOT NULL, 
	received_at DATETIME NOT NULL, 
	CONSTRAINT pk_event PRIMARY KEY (id), 
	CONSTRAINT uq_event_channel_account_event_id UNIQUE (channel, account, event_id)
);
INSERT INTO "event" VALUES(1,'telegram','123456','41.1.message','message','','{"update_id": 1, "message": {"message_id": 1, "text": "Wann kommt die Rechnung? \ud83e\uddfe Gr\u00f6\u00dfe, na\u00efve, \u4f60\u597d, \u05e9\u05dc\u05d5\u05dd", "nul": "a\u0000b", "half": "\ud83d", "both": "\ud83d\ude00", "big": 10000000000000000000, "exact": 1.1}}','2026-10-05 09:30:20.353814');
INSERT INTO "event" VALUES(2,'telegram','123456','41.2.message','message','','{"update_id": 2, "message": {"message_id": 2, "text": "", "nul": "a\u0000b", "half": "\ud83d", "both": "\ud83d\ude00", "big": 10000000000000000000, "exact": 1.1}}','2026-10-05 09:30:26.359916');
INSERT INTO "event" VALUES(3,'telegram','123456','41.3.message','message','','{"update_id": 3, "message": {"message_id": 3, "text": "Ist doch erledigt", "nul": "a\u0000b", "half": "\ud83d", "both": "\ud83d\ude00", "big": 10000000000000000000, "exact": 1.1}}','2026-10-05 09:30:27.360933');
INSERT INTO "event" VALUES(4,'telegram','123456','41.3.delete','delete','','{"update_id": 4, "message": {"message_id": 3, "text": "", "nul": "a\u0000b", "half": "\ud83d", "both": "\ud83d\ude00", "big": 10000000000000000000, "exact": 1.1}}','2026-10-05 09:30:28.361950');
INSERT INTO "event" VALUES(5,'telegram','123456','41.1.edit','edit','','{"update_id": 5, "message": {"message_id": 1, "text": "Wann kommt die letzte Rechnung?", "nul": "a\u0000b", "half": "\ud83d", "both": "\ud83d\ude00", "big": 10000000000000000000, "exact": 1.1}}','2026-10-05 09:30:29.362967');
INSERT INTO "event" VALUES(6,'telegram','123456','42.1.message','message','','{"update_id": 6, "message": {"message_id": 1, "text": "St\u00f6rung!", "nul": "a\u0000b", "half": "\ud83d", "both": "\ud83d\ude00", "big": 10000000000000000000, "exact": 1.1}}','2026-10-05 09:30:30.363984');
INSERT INTO "event" VALUES(7,'telegram','123456','42.2.message','message','','{"update_id": 7, "message": {"message_id": 2, "text": "Noch immer", "nul": "a\u0000b", "half": "\ud83d", "both": "\ud83d\ude00", "big": 10000000000000000000, "exact": 1.1}}','2026-10-05 09:30:33.367035');
INSERT INTO "event" VALUES(8,'telegram','123456','42.3.message','message','','{"update_id": 8, "message": {"message_id": 3, "text": "Hallo?", "nul": "a\u0000b", "half": "\ud83d", "both": "\ud83d\ude00", "big": 10000000000000000000, "exact": 1.1}}','2026-10-05 09:30:34.368052');
INSERT INTO "event" VALUES(9,'telegram','123456','43.1.message','message','','{"update_id": 9, "message": {"message_id": 1, "text": "Bitte einen Menschen", "nul": "a\u0000b", "half": "\ud83d", "both": "\ud83d\ude00", "big": 10000000000000000000, "exact": 1.1}}','2026-10-05 09:30:37.371103');
INSERT INTO "event" VALUES(10,'web','1','w1.m1.message','message','','{"update_id": 10, "message": {"message_id": "m1", "text": "where is my bill", "nul": "a\u0000b", "half": "\ud83d", "both": "\ud83d\ude00", "big": 10000000000000000000, "exact": 1.1}}','2026-10-05 09:30:51.385341');
INSERT INTO "event" VALUES(11,'web','1','w1.m2.message','message','','{"update_id": 11, "message": {"message_id": "m2", "text": "and now?", "nul": "a\u0000b", "half": "\ud83d", "both": "\ud83d\ude00", "big": 10000000000000000000, "exact": 1.1}}','2026-10-05 09:30:55.389409');
INSERT INTO "event" VALUES(12,'web','1','w1.m3.button','button','','{"update_id": 12, "message": {"message_id": "m3", "text": "pressed", "nul": "a\u0000b", "half": "\ud83d", "both": "\ud83d\ude00", "big": 10000000000000000000, "exact": 1.1}}','2026-10-05 09:31:01.395511');
INSERT INTO "event" VALUES(13,'telegram','123456','45.1.message','message','','{"update_id": 13, "message": {"message_id": 1, "text": "und tsch\u00fcss", "nul": "a\u0000b", "half": "\ud83d", "both": "\ud83d\ude00", "big": 10000000000000000000, "exact": 1.1}}','2026-10-05 09:31:02.396528');
INSERT INTO "event" VALUES(14,'telegram','123456','45.block','blocked','','{}','2026-10-05 09:31:05.399579');
INSERT INTO "event" VALUES(15,'telegram','123456','46.1.message','message','','{"update_id": 14, "message": {"message_id": 1, "text": "K\u00fcndigung", "nul": "a\u0000b", "half": "\ud83d", "both": "\ud83d\ude00", "big": 10000000000000000000, "exact": 1.1}}','2026-10-05 09:31:07.401613');
INSERT INTO "event" VALUES(16,'telegram','123456','47.1.message','message','','{"update_id": 15, "message": {"message_id": 1, "text": "Tarif?", "nul": "a\u0000b", "half": "\ud83d", "both": "\ud83d\ude00", "big": 10000000000000000000, "exact": 1.1}}','2026-10-05 09:31:10.404664');
INSERT INTO "event" VALUES(17,'telegram','123456','777','ignored','group chatter xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx','{"update_id": 777}','2026-10-05 09:31:16.410766');
INSERT INTO "event" VALUES(18,'telegram','123456','49.1.message','message','','{"update_id": 16, "message": {"message_id": 1, "text": "Adresse", "nul": "a\u0000b", "half": "\ud83d", "both": "\ud83d\ude00", "big": 10000000000000000000, "exact": 1.1}}','2026-10-05 09:31:17.411783');
INSERT INTO "event" VALUES(19,'telegram','123456','49.1.edit','edit','','{"update_id": 17, "message": {"message_id": 1, "text": "Adresse ge\u00e4ndert", "nul": "a\u0000b", "half": "\ud83d", "both": "\ud83d\ude00", "big": 10000000000000000000, "exact": 1.1}}','2026-10-05 09:31:22.416868');
INSERT INTO "event" VALUES(20,'telegram','123456','48.1.message','message','','{"update_id": 18, "message": {"message_id": 1, "text": "Wer ist da?", "nul": "a\u0000b", "half": "\ud83d", "both": "\ud83d\ude00", "big": 10000000000000000000, "exact": 1.1}}','2026-10-05 09:31:23.417885');
INSERT INTO "event" VALUES(21,'telegram','123456','48.2.message','message','','{"update_id": 19, "message": {"message_id": 2, "text": "Hallo", "nul": "a\u0000b", "half": "\ud83d", "both": "\ud83d\ude00", "big": 10000000000000000000, "exact": 1.1}}','2026-10-05 09:31:24.418902');
CREATE TABLE log (
	id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	actor VARCHAR(128) NOT NULL, 
	action VARCHAR(64) NOT NULL, 
	object VARCHAR(128) NOT NULL, 
	detail JSON NOT NULL, 
	CONSTRAINT pk_log PRIMARY KEY (id)
);
INSERT INTO "log" VALUES(1,'2026-10-05 09:30:13.346695','operator','staff.add','staff:1','{"role": "agent"}');
INSERT INTO "log" VALUES(2,'2026-10-05 09:30:14.347712','operator','staff.add','staff:2','{"role": "admin"}');
INSERT INTO "log" VALUES(3,'2026-10-05 09:30:47.381273','staff:1','case.claim','case:1','{}');
INSERT INTO "log" VALUES(4,'2026-10-05 09:30:59.393477','staff:2','case.claim','case:2','{}');
INSERT INTO "log" VALUES(5,'2026-10-05 09:31:00.394494','staff:2','case.resolved','case:2','{}');
INSERT INTO "log" VALUES(6,'2026-10-05 09:31:25.419919','staff:1','case.urgency','case:1','{"from": "high", "to": "normal", "reason": "asked", "message": 7}');
INSERT INTO "log" VALUES(7,'2026-10-05 09:31:26.420936','staff:1','message.right_answer','message:7','{"case": 1, "answer": "router"}');
CREATE TABLE message (
	id INTEGER NOT NULL, 
	conversation_id INTEGER NOT NULL, 
	event_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	vendor_id VARCHAR(256) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	text TEXT NOT NULL, 
	button JSON, 
	files INTEGER NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	state_reason VARCHAR(128) NOT NULL, 
	attempts INTEGER NOT NULL, 
	revision INTEGER NOT NULL, 
	due_at DATETIME NOT NULL, 
	reading JSON, 
	brain VARCHAR(16) NOT NULL, 
	received_at DATETIME NOT NULL, 
	settled_at DATETIME, process_id INTEGER CONSTRAINT fk_message_process_id_process REFERENCES process (id), 
	CONSTRAINT pk_message PRIMARY KEY (id), 
	CONSTRAINT fk_message_conversation_id_conversation FOREIGN KEY(conversation_id) REFERENCES conversation (id), 
	CONSTRAINT fk_message_event_id_event FOREIGN KEY(event_id) REFERENCES event (id), 
	CONSTRAINT uq_message_conversation_id_vendor_id UNIQUE (conversation_id, vendor_id)
);
INSERT INTO "message" VALUES(1,1,1,1,'1','message','Wann kommt die letzte Rechnung?','null',0,'running','edited',1,1,'2026-10-05 09:30:29.362967','{"language": "de", "intent": "question", "intent_confidence": 0.93, "candidates": [{"answer_id": "bill", "confidence": 0.91, "phrasing": "wann kommt die rechnung"}], "urgency": {"level": "normal", "reason": null, "evidence": []}, "decision": {"kind": "answer", "answer_ids": ["bill"], "handoff": null}, "snapshot": "1-abc"}','rasa','2026-10-05 09:30:20.353814',NULL,NULL);
INSERT INTO "message" VALUES(2,1,2,3,'2','message','','null',1,'queued','',0,0,'2026-10-05 09:30:26.359916',NULL,'','2026-10-05 09:30:26.359916',NULL,NULL);
INSERT INTO "message" VALUES(3,1,3,4,'3','message','Ist doch erledigt','null',0,'ignored','deleted by the customer',0,1,'2026-10-05 09:30:27.360933','null','','2026-10-05 09:30:27.360933','2026-10-05 09:30:28.361950',NULL);
INSERT INTO "message" VALUES(4,2,6,1,'1','message','Störung!','null',0,'answered','',1,0,'2026-10-05 09:30:30.363984','{"language": "de", "intent": "question", "intent_confidence": 0.93, "candidates": [{"answer_id": "bill", "confidence": 0.91, "phrasing": "wann kommt die rechnung"}], "urgency": {"level": "normal", "reason": null, "evidence": []}, "decision": {"kind": "answer", "answer_ids": ["bill"], "handoff": null}, "snapshot": "1-abc"}','rasa','2026-10-05 09:30:30.363984','2026-10-05 09:30:32.366018',NULL);
INSERT INTO "message" VALUES(5,2,7,4,'2','message','Noch immer','null',0,'running','',1,0,'2026-10-05 09:30:33.367035',NULL,'','2026-10-05 09:30:33.367035',NULL,NULL);
INSERT INTO "message" VALUES(6,2,8,5,'3','message','Hallo?','null',0,'queued','',0,0,'2026-10-05 09:30:34.368052',NULL,'','2026-10-05 09:30:34.368052',NULL,NULL);
INSERT INTO "message" VALUES(7,3,9,1,'1','message','Bitte einen Menschen','null',0,'with_agent','asked',1,0,'2026-10-05 09:30:37.371103','{"language": "de", "intent": "question", "intent_confidence": 0.93, "candidates": [{"answer_id": "bill", "confidence": 0.91, "phrasing": "wann kommt die rechnung"}], "urgency": {"level": "normal", "reason": null, "evidence": []}, "decision": {"kind": "answer", "answer_ids": ["bill"], "handoff": null}, "snapshot": "1-abc"}','rasa','2026-10-05 09:30:37.371103','2026-10-05 09:30:39.373137',NULL);
INSERT INTO "message" VALUES(8,4,10,1,'m1','message','where is my bill','null',0,'answered','',1,0,'2026-10-05 09:30:51.385341','{"language": "de", "intent": "question", "intent_confidence": 0.93, "candidates": [{"answer_id": "bill", "confidence": 0.91, "phrasing": "wann kommt die rechnung"}], "urgency": {"level": "normal", "reason": null, "evidence": []}, "decision": {"kind": "answer", "answer_ids": ["bill"], "handoff": null}, "snapshot": "1-abc"}','rasa','2026-10-05 09:30:51.385341','2026-10-05 09:30:53.387375',NULL);
INSERT INTO "message" VALUES(9,4,11,3,'m2','message','and now?','null',0,'given_up','BrainUnavailable',1,0,'2026-10-05 09:30:55.389409','{"language": "de", "intent": "question", "intent_confidence": 0.93, "candidates": [{"answer_id": "bill", "confidence": 0.91, "phrasing": "wann kommt die rechnung"}], "urgency": {"level": "normal", "reason": null, "evidence": []}, "decision": {"kind": "answer", "answer_ids": ["bill"], "handoff": null}, "snapshot": "1-abc"}','rasa','2026-10-05 09:30:55.389409','2026-10-05 09:30:57.391443',NULL);
INSERT INTO "message" VALUES(10,4,12,5,'m3','button','pressed','{"name": "helped", "value": "bill", "label": "Yes"}',0,'running','',1,0,'2026-10-05 09:31:01.395511',NULL,'','2026-10-05 09:31:01.395511',NULL,NULL);
INSERT INTO "message" VALUES(11,5,13,1,'1','message','und tschüss','null',0,'answered','',1,0,'2026-10-05 09:31:02.396528','{"language": "de", "intent": "question", "intent_confidence": 0.93, "candidates": [{"answer_id": "bill", "confidence": 0.91, "phrasing": "wann kommt die rechnung"}], "urgency": {"level": "normal", "reason": null, "evidence": []}, "decision": {"kind": "answer", "answer_ids": ["bill"], "handoff": null}, "snapshot": "1-abc"}','rasa','2026-10-05 09:31:02.396528','2026-10-05 09:31:04.398562',NULL);
INSERT INTO "message" VALUES(12,6,15,1,'1','message','Kündigung','null',0,'queued','BrainUnavailable',1,0,'2026-10-05 10:31:09.403647',NULL,'','2026-10-05 09:31:07.401613',NULL,NULL);
INSERT INTO "message" VALUES(13,7,16,1,'1','message','Tarif?','null',0,'answered','',1,0,'2026-10-05 09:31:10.404664','{"language": "de", "intent": "question", "intent_confidence": 0.93, "candidates": [{"answer_id": "bill", "confidence": 0.91, "phrasing": "wann kommt die rechnung"}], "urgency": {"level": "normal", "reason": null, "evidence": []}, "decision": {"kind": "answer", "answer_ids": ["bill"], "handoff": null}, "snapshot": "1-abc"}','rasa','2026-10-05 09:31:10.404664','2026-10-05 09:31:12.406698',NULL);
INSERT INTO "message" VALUES(14,8,18,1,'1','message','Adresse geändert','null',0,'queued','edited',0,1,'2026-10-05 09:31:22.416868','{"language": "de", "intent": "question", "intent_confidence": 0.93, "candidates": [{"answer_id": "bill", "confidence": 0.91, "phrasing": "wann kommt die rechnung"}], "urgency": {"level": "normal", "reason": null, "evidence": []}, "decision": {"kind": "answer", "answer_ids": ["bill"], "handoff": null}, "snapshot": "1-abc"}','rasa','2026-10-05 09:31:17.411783',NULL,NULL);
INSERT INTO "message" VALUES(15,9,20,1,'1','message','Wer ist da?','null',0,'queued','',0,0,'2026-10-05 09:31:23.417885',NULL,'','2026-10-05 09:31:23.417885',NULL,NULL);
INSERT INTO "message" VALUES(16,9,21,2,'2','message','Hallo','null',0,'queued','',0,0,'2026-10-05 09:31:24.418902',NULL,'','2026-10-05 09:31:24.418902',NULL,NULL);
CREATE TABLE message_revision (
	id INTEGER NOT NULL, 
	message_id INTEGER NOT NULL, 
	event_id INTEGER NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	text TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_message_revision PRIMARY KEY (id), 
	CONSTRAINT fk_message_revision_event_id_event FOREIGN KEY(event_id) REFERENCES event (id), 
	CONSTRAINT fk_message_revision_message_id_message FOREIGN KEY(message_id) REFERENCES message (id)
);
INSERT INTO "message_revision" VALUES(1,3,4,'delete','','2026-10-05 09:30:28.361950');
INSERT INTO "message_revision" VALUES(2,1,5,'edit','Wann kommt die letzte Rechnung?','2026-10-05 09:30:29.362967');
INSERT INTO "message_revision" VALUES(3,14,19,'edit','Adresse geändert','2026-10-05 09:31:22.416868');
CREATE TABLE outcome (
	id INTEGER NOT NULL, 
	conversation_id INTEGER NOT NULL, 
	message_id INTEGER NOT NULL, 
	answer_slug VARCHAR(128) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	at DATETIME NOT NULL, question_id INTEGER CONSTRAINT fk_outcome_question_id_message REFERENCES message (id), 
	CONSTRAINT pk_outcome PRIMARY KEY (id), 
	CONSTRAINT fk_outcome_conversation_id_conversation FOREIGN KEY(conversation_id) REFERENCES conversation (id), 
	CONSTRAINT fk_outcome_message_id_message FOREIGN KEY(message_id) REFERENCES message (id)
);
INSERT INTO "outcome" VALUES(1,4,8,'bill','helped','2026-10-05 09:30:54.388392',8);
CREATE TABLE phrasing (
	id INTEGER NOT NULL, 
	version_id INTEGER NOT NULL, 
	language VARCHAR(8) NOT NULL, 
	text TEXT NOT NULL, 
	source VARCHAR(16) NOT NULL, 
	CONSTRAINT pk_phrasing PRIMARY KEY (id), 
	CONSTRAINT fk_phrasing_version_id_answer_version FOREIGN KEY(version_id) REFERENCES answer_version (id)
);
INSERT INTO "phrasing" VALUES(1,1,'de','wann kommt die rechnung','editor');
INSERT INTO "phrasing" VALUES(2,1,'en','where is my bill','editor');
INSERT INTO "phrasing" VALUES(3,2,'de','router blinkt','editor');
CREATE TABLE process (
	id INTEGER NOT NULL, 
	host VARCHAR(128) NOT NULL, 
	pid INTEGER NOT NULL, 
	started_at DATETIME NOT NULL, 
	CONSTRAINT pk_process PRIMARY KEY (id)
);
CREATE TABLE reply (
	id INTEGER NOT NULL, 
	conversation_id INTEGER NOT NULL, 
	message_id INTEGER, 
	position INTEGER NOT NULL, 
	kind VARCHAR(8) NOT NULL, 
	epoch INTEGER NOT NULL, 
	text TEXT NOT NULL, 
	language VARCHAR(8) NOT NULL, 
	markdown BOOLEAN NOT NULL, 
	buttons JSON NOT NULL, 
	source JSON, 
	answer_slug VARCHAR(128), 
	staff_id INTEGER, 
	author VARCHAR(128) NOT NULL, 
	client_id VARCHAR(64), 
	state VARCHAR(16) NOT NULL, 
	state_reason VARCHAR(256) NOT NULL, 
	attempts INTEGER NOT NULL, 
	due_at DATETIME NOT NULL, 
	vendor_id VARCHAR(256) NOT NULL, 
	created_at DATETIME NOT NULL, 
	settled_at DATETIME, 
	delivered_at DATETIME, process_id INTEGER CONSTRAINT fk_reply_process_id_process REFERENCES process (id), 
	CONSTRAINT pk_reply PRIMARY KEY (id), 
	CONSTRAINT fk_reply_conversation_id_conversation FOREIGN KEY(conversation_id) REFERENCES conversation (id), 
	CONSTRAINT fk_reply_message_id_message FOREIGN KEY(message_id) REFERENCES message (id), 
	CONSTRAINT fk_reply_staff_id_staff FOREIGN KEY(staff_id) REFERENCES staff (id), 
	CONSTRAINT uq_reply_conversation_id_client_id UNIQUE (conversation_id, client_id)
);
INSERT INTO "reply" VALUES(1,1,1,2,'bot',0,'Am 3. des Monats. <b>Über</b> „Konto“ 🧾','de',1,'[{"name": "helped", "value": "bill", "label": "Ja"}, {"name": "not_helped", "value": "bill", "label": "Nein"}]','{"kind": "faq", "title": "Rechnung", "url": "https://a.example/answers/bill", "author": "", "votes": 0}','bill',NULL,'',NULL,'sent','',1,'2026-10-05 09:30:22.355848','9001','2026-10-05 09:30:22.355848','2026-10-05 09:30:24.357882','2026-10-05 09:30:25.358899',NULL);
INSERT INTO "reply" VALUES(2,2,4,2,'bot',0,'Eins','de',0,'[]','null',NULL,NULL,'',NULL,'sending','',1,'2026-10-05 09:30:32.366018','','2026-10-05 09:30:32.366018',NULL,NULL,NULL);
INSERT INTO "reply" VALUES(3,2,4,3,'bot',0,'Zwei','de',0,'[]','null',NULL,NULL,'',NULL,'queued','',0,'2026-10-05 09:30:32.366018','','2026-10-05 09:30:32.366018',NULL,NULL,NULL);
INSERT INTO "reply" VALUES(4,3,7,2,'notice',0,'Ich verbinde.','de',0,'[]','null',NULL,NULL,'',NULL,'uncertain','no answer within 30 s',1,'2026-10-05 09:30:39.373137','','2026-10-05 09:30:39.373137','2026-10-05 09:30:42.376188',NULL,NULL);
INSERT INTO "reply" VALUES(5,3,NULL,3,'bot',0,'Moment.','de',0,'[]','null',NULL,NULL,'',NULL,'failed','400: message is too long',1,'2026-10-05 09:30:43.377205','','2026-10-05 09:30:43.377205','2026-10-05 09:30:46.380256',NULL,NULL);
INSERT INTO "reply" VALUES(6,3,NULL,4,'bot',0,'Noch etwas?','de',0,'[]','null',NULL,NULL,'',NULL,'dropped','a person has taken over',0,'2026-10-05 09:30:44.378222','','2026-10-05 09:30:44.378222','2026-10-05 09:30:48.382290',NULL,NULL);
INSERT INTO "reply" VALUES(7,3,NULL,5,'agent',1,'Guten Tag, hier ist Anna.','de',0,'[]','null',NULL,1,'Anna','c-1','sending','',1,'2026-10-05 09:30:49.383307','','2026-10-05 09:30:49.383307',NULL,NULL,NULL);
INSERT INTO "reply" VALUES(8,4,8,2,'bot',0,'On the 3rd.','de',0,'[]','null','bill',NULL,'',NULL,'sent','',0,'2026-10-05 09:30:53.387375','','2026-10-05 09:30:53.387375','2026-10-05 09:30:53.387375',NULL,NULL);
INSERT INTO "reply" VALUES(9,4,9,4,'notice',0,'A person looks after it.','de',0,'[]','null',NULL,NULL,'',NULL,'sent','',0,'2026-10-05 09:30:57.391443','','2026-10-05 09:30:57.391443','2026-10-05 09:30:57.391443',NULL,NULL);
INSERT INTO "reply" VALUES(10,5,11,2,'bot',0,'Bis bald','de',0,'[]','null',NULL,NULL,'',NULL,'failed','the customer has blocked us',0,'2026-10-05 09:31:04.398562','','2026-10-05 09:31:04.398562','2026-10-05 09:31:13.407715',NULL,NULL);
INSERT INTO "reply" VALUES(11,7,13,2,'bot',0,'Hier sind sie.','de',0,'[]','null',NULL,NULL,'',NULL,'queued','429',1,'2026-10-05 10:31:14.408732','','2026-10-05 09:31:12.406698',NULL,NULL,NULL);
INSERT INTO "reply" VALUES(12,3,NULL,6,'agent',1,'Ich schaue nach …','de',0,'[]','null',NULL,1,'Anna','c-2','queued','',0,'2026-10-05 09:31:15.409749','','2026-10-05 09:31:15.409749',NULL,NULL,NULL);
INSERT INTO "reply" VALUES(13,8,14,2,'bot',0,'Wohin ziehen Sie?','de',0,'[]','null',NULL,NULL,'',NULL,'sent','',1,'2026-10-05 09:31:19.413817','9010','2026-10-05 09:31:19.413817','2026-10-05 09:31:21.415851',NULL,NULL);
CREATE TABLE right_answer (
	id INTEGER NOT NULL, 
	message_id INTEGER NOT NULL, 
	answer_slug VARCHAR(128), 
	staff_id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_right_answer PRIMARY KEY (id), 
	CONSTRAINT fk_right_answer_message_id_message FOREIGN KEY(message_id) REFERENCES message (id), 
	CONSTRAINT fk_right_answer_staff_id_staff FOREIGN KEY(staff_id) REFERENCES staff (id)
);
INSERT INTO "right_answer" VALUES(1,7,'router',1,'2026-10-05 09:31:26.420936');
CREATE TABLE secret (
	id INTEGER NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	value VARCHAR(256) NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_secret PRIMARY KEY (id), 
	CONSTRAINT uq_secret_name UNIQUE (name)
);
CREATE TABLE staff (
	id INTEGER NOT NULL, 
	login VARCHAR(64) NOT NULL, 
	name VARCHAR(128) NOT NULL, 
	role VARCHAR(16) NOT NULL, 
	language VARCHAR(8) NOT NULL, 
	password_hash VARCHAR(256) NOT NULL, 
	active BOOLEAN NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_staff PRIMARY KEY (id), 
	CONSTRAINT uq_staff_login UNIQUE (login)
);
INSERT INTO "staff" VALUES(1,'anna','Anna Kowálska-Þórsdóttir','agent','de','$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA',1,'2026-10-05 09:30:13.346695');
INSERT INTO "staff" VALUES(2,'ben','Ben Ọkáfọ̀','admin','de','$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA',1,'2026-10-05 09:30:14.347712');
CREATE TABLE staff_session (
	id INTEGER NOT NULL, 
	token_hash VARCHAR(64) NOT NULL, 
	staff_id INTEGER, 
	data JSON NOT NULL, 
	expires_at DATETIME NOT NULL, 
	CONSTRAINT pk_staff_session PRIMARY KEY (id), 
	CONSTRAINT fk_staff_session_staff_id_staff FOREIGN KEY(staff_id) REFERENCES staff (id), 
	CONSTRAINT uq_staff_session_token_hash UNIQUE (token_hash)
);
INSERT INTO "staff_session" VALUES(1,'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',1,'{"csrf": "x", "at": 1}','2126-09-11 09:30:12.345678');
CREATE TABLE urgency_correction (
	id INTEGER NOT NULL, 
	message_id INTEGER NOT NULL, 
	case_id INTEGER NOT NULL, 
	level VARCHAR(16) NOT NULL, 
	reason VARCHAR(32) NOT NULL, 
	staff_id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_urgency_correction PRIMARY KEY (id), 
	CONSTRAINT fk_urgency_correction_case_id_case FOREIGN KEY(case_id) REFERENCES "case" (id), 
	CONSTRAINT fk_urgency_correction_message_id_message FOREIGN KEY(message_id) REFERENCES message (id), 
	CONSTRAINT fk_urgency_correction_staff_id_staff FOREIGN KEY(staff_id) REFERENCES staff (id)
);
INSERT INTO "urgency_correction" VALUES(1,7,1,'normal','asked',1,'2026-10-05 09:31:25.419919');
CREATE TABLE web_visitor (
	id INTEGER NOT NULL, 
	conversation_id INTEGER NOT NULL, 
	token_hash VARCHAR(64) NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_web_visitor PRIMARY KEY (id), 
	CONSTRAINT fk_web_visitor_conversation_id_conversation FOREIGN KEY(conversation_id) REFERENCES conversation (id), 
	CONSTRAINT uq_web_visitor_token_hash UNIQUE (token_hash)
);
INSERT INTO "web_visitor" VALUES(1,4,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','2026-10-05 09:30:50.384324');
CREATE UNIQUE INDEX uq_answer_version_published ON answer_version (answer_id) WHERE state = 'published';
CREATE INDEX ix_conversation_customer_id ON conversation (customer_id);
CREATE INDEX ix_staff_session_staff_id ON staff_session (staff_id);
CREATE INDEX ix_case_queue ON "case" (state, urgency, opened_at);
CREATE INDEX ix_case_staff_id ON "case" (staff_id);
CREATE UNIQUE INDEX uq_case_open ON "case" (conversation_id) WHERE state IN ('waiting', 'claimed');
CREATE INDEX ix_community_reply_version_id ON community_reply (version_id);
CREATE INDEX ix_message_conversation_order ON message (conversation_id, position);
CREATE INDEX ix_message_event_id ON message (event_id);
CREATE INDEX ix_message_open_lane ON message (conversation_id, id) WHERE state IN ('queued', 'running');
CREATE UNIQUE INDEX uq_message_running_lane ON message (conversation_id) WHERE state = 'running';
CREATE INDEX ix_phrasing_version_id ON phrasing (version_id);
CREATE INDEX ix_web_visitor_conversation_id ON web_visitor (conversation_id);
CREATE INDEX ix_attachment_message_id ON attachment (message_id);
CREATE INDEX ix_message_revision_message_id ON message_revision (message_id);
CREATE INDEX ix_outcome_answer_slug ON outcome (answer_slug);
CREATE INDEX ix_outcome_conversation_id ON outcome (conversation_id);
CREATE INDEX ix_reply_conversation_order ON reply (conversation_id, position);
CREATE INDEX ix_reply_message_id ON reply (message_id);
CREATE INDEX ix_reply_open_lane ON reply (conversation_id, id) WHERE state IN ('queued', 'sending');
CREATE INDEX ix_attempt_reply_id ON attempt (reply_id);
CREATE INDEX ix_reply_uncertain ON reply (conversation_id, id) WHERE state = 'uncertain';
CREATE INDEX ix_urgency_correction_message_id ON urgency_correction (message_id);
CREATE INDEX ix_urgency_correction_case_id ON urgency_correction (case_id);
CREATE INDEX ix_right_answer_message_id ON right_answer (message_id);
CREATE INDEX ix_outcome_question_id ON outcome (question_id);
CREATE INDEX ix_log_object ON log (object);
CREATE INDEX ix_conversation_inbox_due ON conversation (inbox_due) WHERE inbox_due IS NOT NULL;
CREATE INDEX ix_conversation_outbox_due ON conversation (outbox_due) WHERE outbox_due IS NOT NULL;
COMMIT;
