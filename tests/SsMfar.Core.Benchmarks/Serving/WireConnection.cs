using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SsMfar.Benchmarks.Serving;

/// <summary>
/// A connection that speaks HTTP/1.1 in bytes that were made before: what a client costs is taken from the server on the same machine.
/// </summary>
internal sealed class WireConnection : IDisposable
{
    private static readonly byte[] HeadEnd = "\r\n\r\n"u8.ToArray();

    private readonly byte[] _buffer = new byte[1 << 16];
    private int _length;

    private WireConnection(Socket socket) => Socket = socket;

    public Socket Socket { get; }

    /// <summary>Gets whether another request may follow.</summary>
    public bool IsOpen { get; private set; } = true;

    public static async Task<WireConnection> OpenAsync(IPEndPoint server, CancellationToken cancellationToken = default)
    {
        Socket socket = new(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(server, cancellationToken).ConfigureAwait(false);
            return new(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends bytes, all of them.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await Socket.SendAsync(bytes, cancellationToken).ConfigureAwait(false)..];
        }
    }

    /// <summary>A request, and what comes back.</summary>
    /// <exception cref="SocketException">The connection broke.</exception>
    /// <exception cref="EndOfStreamException">It was closed without a whole reply.</exception>
    public async Task<WireReply> AskAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken = default)
    {
        await SendAsync(request, cancellationToken).ConfigureAwait(false);
        return await ReadAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads one reply; one that says 100 is no reply yet.</summary>
    /// <inheritdoc cref="AskAsync"/>
    public async Task<WireReply> ReadAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            int head;
            while ((head = _buffer.AsSpan(0, _length).IndexOf(HeadEnd)) < 0)
            {
                await MoreAsync(cancellationToken).ConfigureAwait(false);
            }

            string[] lines = Encoding.ASCII.GetString(_buffer, 0, head).Split("\r\n");
            int status = int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture);
            Take(head + HeadEnd.Length);
            if (status == 100)
            {
                continue;
            }

            IsOpen = !Has(lines, "Connection", "close");
            string body = Has(lines, "Transfer-Encoding", "chunked")
                ? await ReadChunksAsync(cancellationToken).ConfigureAwait(false)
                : await ReadTextAsync(Number(lines, "Content-Length") ?? 0, cancellationToken).ConfigureAwait(false);
            return new(status, Number(lines, "Retry-After"), body);
        }
    }

    /// <summary>Ends it as a program that is killed does.</summary>
    public void Reset()
    {
        Socket.LingerState = new(true, 0);
        Dispose();
    }

    public void Dispose()
    {
        IsOpen = false;
        Socket.Dispose();
    }

    private static string? Value(string[] lines, string name) => lines
        .FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();

    private static bool Has(string[] lines, string name, string value) =>
        value.Equals(Value(lines, name), StringComparison.OrdinalIgnoreCase);

    private static int? Number(string[] lines, string name) =>
        int.TryParse(Value(lines, name), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    private async Task<string> ReadChunksAsync(CancellationToken cancellationToken)
    {
        StringBuilder text = new();
        while (true)
        {
            int end;
            while ((end = _buffer.AsSpan(0, _length).IndexOf("\r\n"u8)) < 0)
            {
                await MoreAsync(cancellationToken).ConfigureAwait(false);
            }

            int size = int.Parse(Encoding.ASCII.GetString(_buffer, 0, end), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            Take(end + 2);
            string chunk = await ReadTextAsync(size + 2, cancellationToken).ConfigureAwait(false);
            if (size == 0)
            {
                return text.ToString();
            }

            text.Append(chunk, 0, chunk.Length - 2);
        }
    }

    // Replies are ASCII: what is not is escaped in JSON.
    private async Task<string> ReadTextAsync(int length, CancellationToken cancellationToken)
    {
        while (_length < length)
        {
            await MoreAsync(cancellationToken).ConfigureAwait(false);
        }

        string text = Encoding.ASCII.GetString(_buffer, 0, length);
        Take(length);
        return text;
    }

    private async Task MoreAsync(CancellationToken cancellationToken)
    {
        int read = await Socket.ReceiveAsync(_buffer.AsMemory(_length), cancellationToken).ConfigureAwait(false);
        if (read == 0)
        {
            throw new EndOfStreamException(
                "The server closed the connection before its reply was whole, or the reply is longer than 64 KiB.");
        }

        _length += read;
    }

    private void Take(int bytes)
    {
        _length -= bytes;
        _buffer.AsSpan(bytes, _length).CopyTo(_buffer);
    }
}

/// <summary>What a server replied.</summary>
internal readonly record struct WireReply(int Status, int? RetryAfter, string Body);
