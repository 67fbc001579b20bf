using System.Collections.Immutable;
using Parquet;
using Parquet.Schema;

namespace SsMfar.Video;

/// <summary>A Parquet file, in groups of rows that are as large as memory may be.</summary>
internal sealed class ParquetRowWriter : IRowWriter
{
    private const int RowsOfGroup = 8192;

    private readonly ImmutableArray<FrameColumn> _columns;
    private readonly ParquetSchema _schema;
    private readonly ParquetWriter _writer;
    private readonly List<object?>[] _values;

    private ParquetRowWriter(ImmutableArray<FrameColumn> columns, ParquetSchema schema, ParquetWriter writer) =>
        (_columns, _schema, _writer, _values) = (columns, schema, writer, [.. columns.Select(_ => new List<object?>(RowsOfGroup))]);

    public static async Task<ParquetRowWriter> CreateAsync(Stream stream, ImmutableArray<FrameColumn> columns)
    {
        ParquetSchema schema = new(columns.Select(column => (Field)(column.Kind switch
        {
            FrameColumnKind.Whole => new DataField<long?>(column.Name),
            FrameColumnKind.Number => new DataField<double?>(column.Name),
            _ => new DataField<string>(column.Name),
        })));
        return new(columns, schema, await ParquetWriter.CreateAsync(schema, stream).ConfigureAwait(false));
    }

    public async ValueTask WriteAsync(FrameResult frame, TrackedFace? face)
    {
        for (int i = 0; i < _columns.Length; i++)
        {
            _values[i].Add(_columns[i].Of(frame, face));
        }

        if (_values[0].Count == RowsOfGroup)
        {
            await FlushAsync().ConfigureAwait(false);
        }
    }

    public async Task EndAsync()
    {
        if (_values[0].Count > 0)
        {
            await FlushAsync().ConfigureAwait(false);
        }

        await _writer.DisposeAsync().ConfigureAwait(false);
    }

    private async Task FlushAsync()
    {
        using ParquetRowGroupWriter group = _writer.CreateRowGroup();
        for (int i = 0; i < _columns.Length; i++)
        {
            DataField field = _schema.DataFields[i];
            switch (_columns[i].Kind)
            {
                case FrameColumnKind.Whole:
                    await group.WriteAsync<long>(field, _values[i].Select(value => (long?)value).ToArray().AsMemory())
                        .ConfigureAwait(false);
                    break;
                case FrameColumnKind.Number:
                    await group.WriteAsync<double>(field, _values[i].Select(value => (double?)value).ToArray().AsMemory())
                        .ConfigureAwait(false);
                    break;
                default:
                    await group.WriteAsync(field, _values[i].Select(value => (string?)value).ToArray()!).ConfigureAwait(false);
                    break;
            }

            _values[i].Clear();
        }

        group.CompleteValidate();
    }
}
