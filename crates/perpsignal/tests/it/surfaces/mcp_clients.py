"""Calls a running server with the protocol's own Python client: version 2 speaks the present protocol,
version 1 the older ones. Both check structured answers against the schemas that the server published."""

import asyncio
import sys

CALLS = [
    ("get_signal", {"symbol": "BTC"}),
    ("explain_signal", {"symbol": "ETH", "mode": "ultra"}),
    ("get_market", {"symbol": "SOL"}),
    ("scan_market", {"limit": 5}),
    ("list_operations", {}),
    ("describe_operation", {"operation": "signals.get"}),
    ("invoke", {"operation": "signals.get", "args": {"symbol": "BTC"}}),
    ("search", {"query": "bitcoin"}),
    ("fetch", {"id": "coin:BTC"}),
]


async def check(client, is_error):
    tools = (await client.list_tools()).tools
    names = {tool.name for tool in tools}
    for name, arguments in CALLS:
        assert name in names, f"{name} is not among {sorted(names)}"
        result = await client.call_tool(name, arguments)
        assert not is_error(result), f"{name}: {result}"
    result = await client.call_tool("get_signal", {"symbol": "NOSUCHCOIN"})
    assert is_error(result), result
    print(f"{len(tools)} tools, {len(CALLS) + 1} calls")


async def modern(url):
    from mcp import Client

    async with Client(url) as client:
        await check(client, lambda result: result.is_error)


async def legacy(url):
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    async with streamablehttp_client(url) as (read, write, _):
        async with ClientSession(read, write) as session:
            await session.initialize()
            await check(session, lambda result: result.isError)


asyncio.run({"modern": modern, "legacy": legacy}[sys.argv[1]](sys.argv[2]))
