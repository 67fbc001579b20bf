using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace SsMfar.Video;

/// <summary>Comma-separated values as RFC 4180 has them, with line feeds, in UTF-8 without a byte order mark.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The writer holds no handle; its stream is the caller's.")]
internal sealed class TextRowWriter : IRowWriter
{
    private static readonly SearchValues<char> Special = SearchValues.Create(",\"\r\n");

    private readonly ImmutableArray<FrameColumn> _columns;
    private readonly StreamWriter _writer;

    public TextRowWriter(Stream stream, ImmutableArray<FrameColumn> columns)
    {
        _columns = columns;
        _writer = new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 1 << 16, leaveOpen: true);
        Row(columns.Select(column => column.Name));
    }

    public ValueTask WriteAsync(FrameResult frame, TrackedFace? face)
    {
        Row(_columns.Select(column => column.Of(frame, face) switch
        {
            null => "",
            double number => number.ToString("0.######", CultureInfo.InvariantCulture),
            var other => Convert.ToString(other, CultureInfo.InvariantCulture)!,
        }));
        return ValueTask.CompletedTask;
    }

    public async Task EndAsync() => await _writer.DisposeAsync().ConfigureAwait(false);

    private void Row(IEnumerable<string> fields)
    {
        bool isFirst = true;
        foreach (string field in fields)
        {
            _writer.Write(isFirst ? "" : ",");
            _writer.Write(
                field.AsSpan().ContainsAny(Special) ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : field);
            isFirst = false;
        }

        _writer.Write('\n');
    }
}
