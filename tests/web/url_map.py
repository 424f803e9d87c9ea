"""Every address of the product, and what each of the cast gets there: the table of test_url_map.py (promise 13).

A new endpoint needs a line here, else the test fails. `in` means: sent to sign-in (as a part: told to go there).
A status stands for a page and for a part alike; `200/303` is a page and a part that differ.
{customer} {change} {withdrawn} {event} {done} {waiting} are a row's key, two changes, an event, two exports of
Ann's, {brought} an import; {view} is a saved view; {role} is a role of the company's own with a right on orders,
{mapping} a group's, {rule} a rule's.
What follows the six statuses is posted. Forms are empty or wrong on purpose: the table is about who gets how far.
"""

from __future__ import annotations

CAST = ("nobody", "ann", "bo", "cy", "dee", "oz")

TABLE = """
# verb  address                                         nobody ann bo  cy  dee oz
# -- anyone
GET     /healthz                                        200    200 200 200 200 200
GET     /readyz                                         200    200 200 200 200 200
GET     /static/css/base.css                            200    200 200 200 200 200
GET     /sign-in                                        200    303 303 303 303 303
POST    /sign-in                                        404    404 404 404 404 404   provider=7
GET     /auth/callback                                  400    400 400 400 400 400
GET     /auth/callback/2                                400    400 400 400 400 400
POST    /sign-out                                       303    303 303 303 303 303
GET     /sign-in/break-glass                            404    404 404 404 404 404
POST    /sign-in/break-glass                            404    404 404 404 404 404
POST    /auth/backchannel-logout                        400    400 400 400 400 400
POST    /auth/backchannel-logout/2                      404    404 404 404 404 404
POST    /appearance                                     422    422 422 422 422 422   theme=none
# -- whoever is signed in
GET     /                                               in     200 200 200 200 200
GET     /tables/                                        in     200 200 200 200 200
GET     /notices/                                       in     200 200 200 200 200
GET     /notices/?show=unread&before=1                  in     200 200 200 200 200
POST    /notices/read                                   in     303 303 303 303 303
POST    /notices/0/read                                 in     303 303 303 303 303
GET     /notices/preferences                            in     200 200 200 200 200
POST    /notices/preferences                            in     422 422 422 422 422   asks=loudly
GET     /people/me                                      in     200 200 200 200 200
GET     /delegations/                                   in     200 200 200 200 200
POST    /delegations/                                   in     403 422 403 403 422   to=0
POST    /delegations/0/end                              in     303 303 303 303 303
GET     /sign-in/again                                  in     303 303 303 303 303
POST    /sign-in/again                                  in     303 303 303 303 303
POST    /people/me/sessions/none/end                    in     303 303 303 303 303
# -- records: read
GET     /tables/shop.customers/                         in     200 200 200 403 200
GET     /tables/shop.customers/?f.city.is=x&q=a         in     200 200 200 403 200
GET     /tables/shop.customers/?f.city.bad=x            in     422 422 422 403 422
GET     /tables/shop.customers/?f.nothing.is=x          in     404 404 404 403 404
GET     /tables/shop.nothing/                           in     404 404 404 403 404
GET     /tables/shop.customers/pick?q=a                 in     200 200 200 403 200
GET     /tables/shop.customers/filter                   in     200 200 200 403 200
GET     /tables/shop.customers/filter?path=city&panel=1 in     200 200 200 403 200
GET     /tables/shop.customers/filter?path=nothing      in     404 404 404 403 404
GET     /tables/shop.customers/filter?path=internal_risk_score    in     404 404 404 403 404
GET     /tables/shop.customers/?add.path=city&add.op=is&add.value=x  in     303 303 303 403 303
GET     /tables/shop.customers/?add.path=city&add.op=is  in    422 422 422 403 422
GET     /tables/shop.customers/{customer}               in     200 200 200 403 200
GET     /tables/shop.customers/~0                       in     404 404 404 403 404
GET     /tables/shop.customers/{customer}/history       in     200 200 200 403 200
GET     /tables/shop.customers/{customer}/history?older=1  in     200 200 200 403 200
GET     /tables/shop.customers/{customer}/raw           in     200 200 200 403 200
GET     /tables/shop.customers/{customer}/quick         in     303 303 303 403 303
GET     /tables/shop.customers/{customer}?list=q%3Da    in     200 200 200 403 200
GET     /tables/shop.customers/{customer}/act/hold      in     200 403 403 403 200
POST    /tables/shop.customers/{customer}/act/hold      in     422 403 403 403 422
GET     /tables/shop.customers/{customer}/act/nothing   in     404 403 403 403 404
GET     /tables/shop.tickets/act/report                 in     200 403 403 403 200
POST    /tables/shop.tickets/act/report                 in     422 403 403 403 422
# -- the search over everything
GET     /search                                         in     200 200 200 200 200
GET     /search?q=a                                     in     200 200 200 200 200
GET     /search/box                                     in     200 200 200 200 200
GET     /search/results?q=so-0                          in     200 200 200 200 200
# -- saved views: {view} is Ann's, shared with operators; the owner sees and tidies every shared one
GET     /tables/shop.orders/views?f.status.is=draft     in     200 200 200 403 200
GET     /tables/shop.orders/columns                     in     200 200 200 403 200
GET     /tables/shop.orders/columns?col=number&keep=number&show=1  in     303 303 303 403 303
GET     /tables/shop.orders/views/new                   in     200 200 200 403 200
POST    /tables/shop.orders/views/new                   in     422 422 422 403 422   name=
GET     /tables/shop.nothing/views                      in     404 404 404 403 404
GET     /tables/shop.nothing/columns                    in     404 404 404 403 404
GET     /tables/shop.orders/?view={view}                in     200 200 200 403 200
GET     /views/                                         in     200 200 200 403 200
GET     /views/pinned                                   in     200 200 200 403 200
GET     /views/{view}                                   in     303 404 404 403 303
GET     /views/{view}/edit                              in     200 404 404 403 200
POST    /views/{view}/edit                              in     422 404 404 403 422   name=
POST    /views/{view}/list                              in     404 404 404 403 404   state=f.status.is%3Ddraft
GET     /views/{view}/delete                            in     200 404 404 403 200
POST    /views/0/delete                                 in     404 404 404 403 404
POST    /views/{view}/pin                               in     303 404 404 403 303   on=0
# -- records: a masked value (managers see this one as it is; others may not ask)
GET     /tables/shop.customers/{customer}/reveal?column=iban        in     403 303 403 403 200
GET     /tables/shop.customers/{customer}/reveal?column=internal_risk_score   in   403 404 403 403 404
GET     /tables/shop.customers/{customer}/reveal/field?column=iban  in     403 200 403 403 200
POST    /tables/shop.customers/{customer}/reveal                    in     403 303 403 403 422   column=iban&reason=
# -- records: write
GET     /tables/shop.customers/new                      in     200 403 403 403 200
POST    /tables/shop.customers/new                      in     422 403 403 403 422
GET     /tables/shop.customers/{customer}/edit          in     200 403 403 403 200
POST    /tables/shop.customers/{customer}/edit          in     422 403 403 403 422   v.city=&b=none
GET     /tables/shop.customers/{customer}/delete        in     200 403 403 403 200
POST    /tables/shop.customers/{customer}/delete        in     422 403 403 403 422   b=none
GET     /tables/shop.customers/new?like={customer}      in     200 403 403 403 200
GET     /tables/shop.customers/{customer}/cell/city     in     200 403 403 403 200
POST    /tables/shop.customers/{customer}/cell/city     in     422 403 403 403 422   v.city=&b=none
GET     /tables/shop.customers/{customer}/cell/iban     in     403 403 403 403 403
GET     /tables/shop.customers/{customer}/file/city     in     404 404 404 403 404
POST    /tables/shop.customers/{customer}/presence      in     200 200 200 403 200   mode=view
# -- many rows: who may edit some row opens the form; what it does is the door's to say
GET     /tables/shop.customers/many?k={customer}&do=edit            in     200 403 403 403 200
POST    /tables/shop.customers/many                     in     422 403 403 403 422   k=~1&do=edit&step=apply
GET     /tables/shop.nothing/many?k=~1                  in     404 404 404 403 404
# -- what is typed (nobody's is not kept, and nobody is torn from the page they type in)
POST    /drafts/                                204    204 204 204 204 204   draft_of=/tables/shop.customers/new&x=1
POST    /drafts/discard                                 in     303 303 303 303 303   draft_of=/tables/shop.customers/new
# -- changes and approvals
GET     /changes/                                       in     200 200 200 403 200
GET     /changes/{change}                               in     200 200 200 404 200
GET     /changes/CH-99999                               in     404 404 404 404 404
POST    /changes/{change}/decision                      in     422 422 422 404 422
POST    /changes/{withdrawn}/withdrawal                 in     409 403 403 403 403
GET     /changes/{change}/progress                      in     404 404 404 404 404
GET     /changes/{change}/rows                          in     404 404 404 404 404
GET     /changes/{change}/rows.csv                      in     404 404 404 404 404
POST    /changes/{change}/pause                         in     409 403 403 403 409
POST    /changes/{change}/resumption                    in     409 403 403 403 409
POST    /changes/{change}/stop                          in     409 403 403 403 409
POST    /changes/{change}/undo                          in     409 403 403 403 409
GET     /changes/{change}/undo                          in     409 409 409 404 409
GET     /changes/{change}/edit                          in     200 403 403 404 200
GET     /changes/CH-99999/edit                          in     404 404 404 404 404
POST    /changes/{change}/edit                          in     409 403 403 403 409   digest=x
POST    /changes/{withdrawn}/edit                       in     409 403 403 403 409   digest=x
GET     /changes/{change}/emergency                     in     403 403 403 403 403
POST    /changes/{change}/emergency                     in     403 403 403 403 403   reason=x
POST    /changes/{change}/emergency/review              in     403 422 403 403 422   comment=x
GET     /changes/{change}/rehearsal                     in     200 200 404 404 200
POST    /changes/{change}/rehearsal                     in     303 303 403 404 303
POST    /changes/{change}/discussion                    in     422 422 422 404 422   said=
POST    /changes/{change}/discussion                    in     200 200 200 404 200   said=%40B&find=1
POST    /changes/{change}/files                         in     422 422 422 404 422
GET     /changes/{change}/files/00000000-0000-0000-0000-000000000000  in  404 404 404 404 404
POST    /changes/{change}/files/00000000-0000-0000-0000-000000000000/removal  in  404 404 404 404 404
# -- the basket
GET     /basket/                                        in     200 200 200 200 200
POST    /basket/                                        in     409 403 403 403 409   stamp=x
POST    /basket/0/removal                               in     303 303 303 303 303
POST    /basket/discard                                 in     303 303 303 303 303
POST    /changes/{change}/retry                         in     409 403 403 403 403   digest=x
GET     /approvals/                                     in     403 200 403 403 200
GET     /approvals/next?after={change}                  in     403 303 403 403 303
GET     /approvals/emergencies/                         in     200 200 200 403 200
GET     /approvals/emergencies/?show=open&before=9      in     200 200 200 403 200
GET     /approvals/health                               in     403 200 200 403 200
GET     /approvals/health?days=90                       in     403 200 200 403 200
GET     /approvals/health.csv                           in     403 200 200 403 200
# -- roles and their rights on tables
GET     /people/roles/                                  in     403 200 200 403 200
GET     /people/roles/new                               in     403 403 403 403 200
POST    /people/roles/new                               in     403 403 403 403 422
GET     /people/roles/operator                          in     403 200 200 403 200
GET     /people/roles/nothing                           in     403 404 404 403 404
GET     /people/roles/{role}/edit                       in     403 403 403 403 200
POST    /people/roles/{role}/edit                       in     403 403 403 403 422
GET     /people/roles/{role}/delete                     in     403 403 403 403 200
POST    /people/roles/{role}/delete                     in     403 403 403 403 422
GET     /people/roles/operator/tables/                  in     403 403 403 403 200
GET     /people/roles/operator/tables/shop.customers    in     403 403 403 403 200
POST    /people/roles/operator/tables/shop.customers    in     403 403 403 403 422   verbs=edit
GET     /people/roles/operator/tables/shop.nothing      in     403 403 403 403 404
GET     /people/roles/operator/tables/shop.customers/rows?rows=x  in 403 403 403 403 200
GET     /people/roles/{role}/tables/shop.orders/delete  in     403 403 403 403 200
POST    /people/roles/{role}/tables/shop.orders/delete  in     403 403 403 403 422
# -- access reviews and conflicting duties
GET     /people/reviews/                                in     403 200 200 403 200
POST    /people/reviews/                                in     403 403 422 403 422   as_of=never
GET     /people/reviews/0                               in     403 404 404 403 404
GET     /people/reviews/0.csv                           in     403 404 404 403 404
POST    /people/reviews/0/lines                         in     403 403 404 403 404
POST    /people/reviews/0/signature                     in     403 403 404 403 404
POST    /people/reviews/0/removals                      in     403 403 403 403 404
GET     /people/duties                                  in     403 200 200 403 200
# -- what groups mean
GET     /people/groups/                                 in     403 200 200 403 200
GET     /people/groups/new?group_name=x                 in     403 403 403 403 200
POST    /people/groups/new                              in     403 403 403 403 422   group_name=x
GET     /people/groups/{mapping}/remove                 in     403 403 403 403 200
POST    /people/groups/{mapping}/remove                 in     403 403 403 403 422
GET     /people/groups/~a,b,c/remove                    in     403 403 403 403 404
# -- approval rules
GET     /rules/                                         in     403 200 200 403 200
GET     /rules/new                                      in     403 403 403 403 200
POST    /rules/new                                      in     403 403 403 403 422   name=x
GET     /rules/condition?condition=x                    in     403 403 403 403 200
GET     /rules/{rule}                                   in     403 200 200 403 200
GET     /rules/none                                     in     403 404 404 403 404
GET     /rules/{rule}/edit                              in     403 403 403 403 200
POST    /rules/{rule}/edit                              in     403 403 403 403 422
GET     /rules/{rule}/switch                            in     403 403 403 403 200
POST    /rules/{rule}/switch                            in     403 403 403 403 422
# -- settings
GET     /settings/                                      in     403 403 200 403 200
# -- people: who they are, their roles, sessions and sign-ins
GET     /people/                                        in     403 200 200 403 200
GET     /people/?q=a&state=active&role=viewer&after=0   in     403 200 200 403 200
GET     /people/{somebody}                              in     403 200 200 403 200
GET     /people/0                                       in     403 404 404 403 404
GET     /people/{somebody}/roles/new                    in     403 403 403 403 200
POST    /people/{somebody}/roles/new                    in     403 403 403 403 422
GET     /people/{somebody}/roles/viewer/take            in     403 403 403 403 200
POST    /people/{somebody}/roles/viewer/take            in     403 403 403 403 422
GET     /people/{somebody}/off                          in     403 403 403 403 200
POST    /people/{somebody}/off                          in     403 403 403 403 422
GET     /people/{somebody}/on                           in     403 403 403 403 303
POST    /people/{somebody}/on                           in     403 403 403 403 422
GET     /people/{somebody}/leave                        in     403 403 403 403 200
POST    /people/{somebody}/leave                        in     403 403 403 403 422
GET     /people/sessions/                               in     403 200 200 403 200
POST    /people/{somebody}/sessions/none/end            in     403 403 403 403 303
POST    /people/{somebody}/sessions/end                 in     403 403 403 403 303
GET     /people/sign-ins/                               in     403 200 200 403 200
# -- looking as a role
GET     /people/preview                                 in     403 403 403 403 200
POST    /people/preview                                 in     403 403 403 403 422   role=nothing
POST    /people/preview/stop                            in     303 303 303 303 303
# -- why: about oneself anybody, about others whoever reads people
GET     /people/why                                     in     200 200 200 200 200
GET     /people/why?permission=trail.read               in     200 200 200 200 200
GET     /people/why?table=shop.customers&verb=edit&row={customer}  in 200 200 200 404 200
GET     /people/why?table=shop.nothing                  in     404 404 404 404 404
GET     /people/why?table=shop.customers&row=none       in     422 422 422 404 422
GET     /people/why?who={somebody}&table=shop.orders    in     403 200 200 403 200
# -- the trail
GET     /audit/                                         in     403 403 200 403 200
GET     /audit/{event}                                  in     403 403 200 403 200
# -- exports: one's own alone
GET     /exports/                                       in     200 200 403 403 200
POST    /exports/                                       in     404 404 403 403 404   table=shop.nothing
GET     /exports/{done}                                 in     200 404 403 403 404
GET     /exports/{done}/progress                        in     200 404 403 403 404
GET     /exports/{done}/file                            in     200 404 403 403 404
POST    /exports/{done}/cancellation                    in     303 404 403 403 404
# -- imports: one's own alone, of who may bring files
GET     /imports/                                       in     200 403 403 403 200
GET     /imports/new?table=shop.customers               in     200 403 403 403 200
GET     /imports/new?table=shop.nothing                 in     404 403 403 403 404
POST    /imports/                                       in     422 403 403 403 422   table=shop.customers
GET     /imports/{brought}                              in     200 403 403 403 404
GET     /imports/{brought}/progress                     in     200 403 403 403 404
GET     /imports/{brought}/bad-rows.csv                 in     303 403 403 403 404
POST    /imports/{brought}/reading                      in     303 403 403 403 404
POST    /imports/{brought}/check                        in     422 403 403 403 404
POST    /imports/{brought}/cancellation                 in     303 403 403 403 404
POST    /imports/{brought}/proposal                     in     422 403 403 403 404
POST    /imports/{brought}/deletion                     in     303 403 403 403 404
"""
