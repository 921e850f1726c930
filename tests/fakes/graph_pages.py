"""Pages of the fake Graph API: their inboxes, and what is written below their posts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tests.fakes.graph import APP, FakeGraph
from tests.fakes.graph_inbox import Inbox
from tests.fakes.graph_nodes import Node
from tests.fakes.graph_rules import WEEK, Json, Refusal, check_send, only, wrong


@dataclass
class Comment:
    """A comment below one of the page's posts, or a visitor's post, which is its own. `private`: whether it has had its private reply."""

    id: str
    post: str
    author: str
    text: str
    at: datetime
    parent: str
    private: bool = False


class Page:
    """A page with its `messenger` inbox and, where an account is linked, its `instagram` inbox: both are reached at the page's id."""

    def __init__(
        self, graph: FakeGraph, page_id: str, token: str, *, instagram: str = "1789", name: str = "Fernblick"
    ) -> None:
        self.graph = graph
        self.id = page_id
        self.token = token
        self.messenger = Inbox(graph, "page", page_id)
        self.instagram = Inbox(graph, "instagram", instagram)
        self.comments: dict[str, Comment] = {}
        account = {"id": instagram, "username": name.lower()}
        fields: Json = {"name": name, "instagram_business_account": account}
        told = ["messages", "messaging_postbacks", "message_echoes", "feed"]
        self.subscribed: Json = {"id": APP, "name": "Frontline", "subscribed_fields": told}
        apps = [{"id": "77", "name": "Another", "subscribed_fields": ["email"]}, self.subscribed]
        graph.add_node(Node(page_id, token, fields, {"messages": self._send}, {"subscribed_apps": apps}))

    def writes(
        self, author: str, text: str, *, post: str = "1", parent: str = "", name: str = "Zoë Müller", photo: str = ""
    ) -> str:
        """Somebody comments below a post of the page, or below a comment there; returns the comment's id. `photo` is where one lies that came along."""
        post_id = f"{self.id}_{post}"
        return self._publish(author, text, post_id, parent or post_id, name, photo)

    def posts(self, author: str, text: str, *, name: str = "Zoë Müller") -> str:
        """A visitor posts on the page; returns the post's id."""
        post = f"{self.id}_{len(self.comments) + 500}"
        made = Comment(post, post, author, text, self.graph.now, "")
        value = {"item": "status", "verb": "add", "published": 1}
        self._tell(made, name, value)
        return post

    def answers_itself(self, comment: str, text: str) -> str:
        """A colleague answers a comment in the page's name; returns the answer's id."""
        there = self.comments[comment]
        return self._publish(self.id, text, there.post, comment, "Fernblick")

    def below(self, comment: str) -> list[str]:
        """The page's words below a comment."""
        return [one.text for one in self.comments.values() if one.parent == comment and one.author == self.id]

    async def _send(self, body: Json) -> Json:
        recipient = body.get("recipient")
        if not isinstance(recipient, dict):
            raise wrong("Param recipient is missing")
        if recipient.keys() & {"comment_id", "post_id"}:
            return self._reply_privately(recipient, body)
        inbox = next((one for one in (self.messenger, self.instagram) if recipient.get("id") in one.threads), None)
        if inbox is None:
            raise Refusal(400, 100, "No matching user found", subcode=2018001)
        return await inbox.send(body)

    def _reply_privately(self, recipient: Json, body: Json) -> Json:
        only(recipient, {"comment_id", "post_id"} if len(recipient) == 1 else set(), "recipient")
        check_send(body, instagram=False)
        comment = self.comments.get(next(iter(recipient.values())))
        if comment is None or (comment.parent == "") != ("post_id" in recipient):
            raise Refusal(400, 100, "Object does not exist", subcode=33)
        if comment.author == self.id:
            raise wrong("a page cannot answer itself privately")
        if comment.private:
            raise Refusal(400, 10900, "Activity already replied to")
        if self.graph.now - comment.at > WEEK:
            raise Refusal(400, 10901, "Activity is too old to be replied to")
        comment.private = True
        return self.messenger.deliver(comment.author, body["message"])

    def _publish(self, author: str, text: str, post: str, parent: str, name: str, photo: str = "") -> str:
        number = f"{post.rpartition('_')[2]}_{len(self.comments) + 1:06}"
        comment = Comment(number, post, author, text, self.graph.now, parent)
        value = {"item": "comment", "verb": "add", "comment_id": number, "parent_id": parent}
        self._tell(comment, name, value | ({"photo": photo} if photo else {}))
        return comment.id

    def _tell(self, comment: Comment, name: str, value: Json) -> None:
        """It is there, can be answered, and is told to whoever is subscribed."""

        async def answer(body: Json) -> Json:
            only(body, {"message"}, "body")
            if not body.get("message", "").strip() or len(body["message"]) > 8000:
                raise wrong("Param message is empty or too long")
            return {"id": self._publish(self.id, body["message"], comment.post, comment.id, "Fernblick")}

        self.comments[comment.id] = comment
        self.graph.add_node(Node(comment.id, self.token, {"message": comment.text}, {"comments": answer}))
        written: Json = {"from": {"id": comment.author, "name": name}, "post_id": comment.post, "message": comment.text}
        written |= {"created_time": int(comment.at.timestamp())}
        self.graph.notify("page", self.id, {"changes": [{"field": "feed", "value": written | value}]})
