using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SsMfar.Distributed;

namespace SsMfar.Training;

/// <content>How a run goes: what it leaves behind, who watches it, and with whom it is shared.</content>
public sealed partial class MultiTaskTrainerBuilder
{
    private readonly List<Func<RunWatcher>> _watchers = [];
    private IProcessGroup? _group;
    private CheckpointLocation? _checkpoints;
    private ImageCacheLocation _imageCache = new(null, null, null);
    private ILoggerFactory _loggerFactory = NullLoggerFactory.Instance;

    /// <summary>Writes a checkpoint after each epoch and on cancellation.</summary>
    /// <param name="folder">A folder of the run's own; made when missing.</param>
    /// <param name="mode">What to do with a checkpoint found there.</param>
    /// <exception cref="ArgumentException">The folder's name is empty, or there is no such mode.</exception>
    public MultiTaskTrainerBuilder UseCheckpoints(string folder, CheckpointMode mode = CheckpointMode.New)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        _checkpoints = Enum.IsDefined(mode) ? new(folder, mode) : throw new ArgumentException($"There is no mode {mode}.", nameof(mode));
        return this;
    }

    /// <summary>
    /// Where decoded images are kept; in memory for the length of a fit otherwise, or in a temporary file where they do not fit.
    /// </summary>
    /// <param name="folder">
    /// A folder that keeps the pixels from run to run, a file for each list of images and size, so that only the first run decodes; made
    /// when missing. Files that no longer match their images are made again. Null: nothing is kept.
    /// </param>
    /// <param name="memoryBudget">
    /// Bytes of memory a set's pixels may take where nothing is kept. <see langword="null"/> is half of what the process may use, divided
    /// by the number of ranks of a run that is spread over several: they may be on one machine.
    /// </param>
    /// <param name="deviceMemoryBudget">
    /// Bytes of CUDA memory that the pixels of training and validation set may take together; a set that does not fit stays on the host,
    /// the training set is served first. <see langword="null"/> is half of what is free when the fit starts; 0 leaves both on the host.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A budget is negative.</exception>
    public MultiTaskTrainerBuilder UseImageCache(string? folder = null, long? memoryBudget = null, long? deviceMemoryBudget = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(memoryBudget ?? 0, nameof(memoryBudget));
        ArgumentOutOfRangeException.ThrowIfNegative(deviceMemoryBudget ?? 0, nameof(deviceMemoryBudget));
        _imageCache = new(folder, memoryBudget, deviceMemoryBudget);
        return this;
    }

    /// <summary>Where the run logs; nowhere otherwise.</summary>
    /// <param name="loggerFactory">Stays yours.</param>
    public MultiTaskTrainerBuilder UseLogging(ILoggerFactory loggerFactory) => With(ref _loggerFactory, loggerFactory);

    /// <summary>
    /// Spreads the run over several ranks, each with a trainer built like this one, and all learn what one process does:
    /// <see cref="TrainingOptions.BatchSize"/> is the global batch, of which each rank goes through its rows. What is a statistic of a
    /// batch is that of the global one; batch norms are as <see cref="TrainingOptions.Distributed"/> says. Rank 0 alone reports, logs and
    /// writes files, and a run is resumed with any number of ranks, from the checkpoint that rank 0 finds. A group of one changes nothing.
    /// </summary>
    /// <param name="group">The ranks as this one sees them; stays yours.</param>
    public MultiTaskTrainerBuilder UseProcessGroup(IProcessGroup group) => With(ref _group!, group);

    /// <summary>
    /// Writes losses, learning rate, scores and pace as the run goes, in the form of TensorBoard's event files: of steps under their
    /// number in the run, of epochs under <c>epoch/</c> and <c>validation/</c> and the epoch's number. A resumed run adds a file to the
    /// folder. A file that cannot be written is a warning in the log, and the run goes on without.
    /// </summary>
    /// <param name="folder">The folder of the run, a sub-folder of TensorBoard's <c>--logdir</c>; made when missing.</param>
    public MultiTaskTrainerBuilder UseTensorBoard(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        _watchers.Add(() => new TensorBoardWatcher(folder));
        return this;
    }

    /// <summary>
    /// Writes each epoch, once it has ended, as a line of JSON with <c>epoch</c>, <c>losses</c>, <c>score</c>, <c>tasks</c>,
    /// <c>policy</c>, <c>seconds</c> and <c>imagesPerSecond</c>. A file that is there is written anew, with the epochs that a resumed run
    /// begins after. One that cannot be written is a warning in the log, and the run goes on without.
    /// </summary>
    /// <param name="path">The file, by convention <c>history.jsonl</c>; its folder is made when missing.</param>
    public MultiTaskTrainerBuilder UseHistoryFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _watchers.Add(() => new HistoryFile(path));
        return this;
    }
}
