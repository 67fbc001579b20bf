using System.Collections.Immutable;
using SsMfar.Metadata;
using SsMfar.Shared;

namespace SsMfar.Video;

/// <summary>
/// Writes a table of frames, a row for each face and one for each frame without any, as they come. It is written aside, and takes its place
/// when it is complete: disposed before that, nothing is left of it.
/// </summary>
public sealed class FrameTableWriter : IAsyncDisposable
{
    private readonly string _path;
    private readonly string _aside;
    private readonly FileStream _file;
    private readonly IRowWriter _rows;
    private bool _isComplete;

    // A device, such as /dev/null, is written in its place.
    private bool IsInPlace => _aside == _path;

    private FrameTableWriter(string path, string aside, FileStream file, IRowWriter rows) =>
        (_path, _aside, _file, _rows) = (path, aside, file, rows);

    /// <summary>Begins a table.</summary>
    /// <param name="path">The file to make or replace.</param>
    /// <param name="format">Its form.</param>
    /// <param name="model">The model whose tasks have columns; null for faces alone.</param>
    /// <param name="input">
    /// The video's name, which the form <see cref="FrameTableFormat.Fex"/> has in each row; of frames that are files their folder, to which
    /// it adds each one's name.
    /// </param>
    /// <exception cref="IOException">The file cannot be made.</exception>
    public static Task<FrameTableWriter> CreateAsync(
        string path, FrameTableFormat format = FrameTableFormat.Plain, ModelMetadata? model = null, string input = "") =>
        CreateAsync(
            path, format, model, input,
            aside => AtomicFile.OpenAside(AtomicFile.Behind(Path.GetFullPath(path)), aside, FileAccess.ReadWrite));

    /// <summary>Begins a table in a file that the caller opens.</summary>
    internal static async Task<FrameTableWriter> CreateAsync(
        string path, FrameTableFormat format, ModelMetadata? model, string input, Func<string, FileStream> open)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ImmutableArray<FrameColumn> columns = format switch
        {
            FrameTableFormat.OpenFace => FrameColumns.OpenFace(model),
            FrameTableFormat.Fex => FrameColumns.Fex(model, input),
            _ => FrameColumns.Plain(model),
        };
        string full = Path.GetFullPath(path);
        bool isDevice = AtomicFile.IsDevice(full);
        full = isDevice ? full : AtomicFile.Behind(full);
        string aside = isDevice ? full : AtomicFile.AsideOf(full);
        FileStream? file = null;
        try
        {
            file = isDevice ? new(full, FileMode.Open, FileAccess.Write) : open(aside);
            IRowWriter rows = format == FrameTableFormat.Parquet
                ? await ParquetRowWriter.CreateAsync(file, columns).ConfigureAwait(false) : new TextRowWriter(file, columns);
            return new(full, aside, file, rows);
        }
        catch (Exception failed)
        {
            if (file is not null)
            {
                await RemoveAsync(file, isDevice ? null : aside).ConfigureAwait(false);
            }

            AtomicFile.ThrowOf(full, aside, failed);
            throw;
        }
    }

    /// <summary>Adds the rows of a frame.</summary>
    /// <param name="frame">The frame.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public async ValueTask WriteAsync(FrameResult frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        try
        {
            if (frame.Faces.IsEmpty)
            {
                await _rows.WriteAsync(frame, null).ConfigureAwait(false);
            }

            foreach (TrackedFace face in frame.Faces)
            {
                await _rows.WriteAsync(frame, face).ConfigureAwait(false);
            }
        }
        catch (Exception failed)
        {
            AtomicFile.ThrowOf(_path, _aside, failed);
            throw;
        }
    }

    /// <summary>Ends the table and puts it in its place.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public async Task CompleteAsync()
    {
        try
        {
            await _rows.EndAsync().ConfigureAwait(false);
            if (!IsInPlace)
            {
                DiskFlush.Flush(_file);
            }

            await _file.DisposeAsync().ConfigureAwait(false);
            if (!IsInPlace)
            {
                AtomicFile.Place(_aside, _path);
            }
        }
        catch (Exception failed)
        {
            AtomicFile.ThrowOf(_path, _aside, failed);
            throw;
        }

        _isComplete = true;
    }

    /// <summary>Removes what was written where the table is not complete.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_isComplete)
        {
            await RemoveAsync(_file, IsInPlace ? null : _aside).ConfigureAwait(false);
        }
    }

    // What made the writing fail is the news. A full disk fails once more where closing puts the rest on it.
    private static async Task RemoveAsync(FileStream file, string? aside)
    {
        try
        {
            await file.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception failed) when (failed is IOException || AtomicFile.IsTooLarge(failed))
        {
        }

        if (aside is not null)
        {
            AtomicFile.RemoveIfPossible(aside);
        }
    }
}
