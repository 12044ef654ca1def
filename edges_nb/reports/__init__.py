"""Tables, pictures and pages that people review, in notebook cells and in report files alike.

Everything here is built of `Html` fragments, which are safe as they stand: what comes from outside is escaped
when it goes in. A page is one file without script that asks nothing of any server.
"""
