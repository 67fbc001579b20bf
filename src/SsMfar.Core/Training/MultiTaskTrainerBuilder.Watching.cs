using SsMfar.Distributed;

namespace SsMfar.Training;

public sealed partial class MultiTaskTrainerBuilder
{
    private readonly List<Func<RunWatcher>> _watchers = [];
    private IProcessGroup? _group;

    /// <summary>
    /// Spreads the run over several ranks, each with a trainer built like this one, and all learn what one process does:
    /// <see cref="TrainingOptions.BatchSize"/> is the global batch, of which each rank goes through its rows. What is a statistic of a
    /// batch is that of the global one; batch norms are as <see cref="TrainingOptions.Distributed"/> says. Rank 0 alone reports, logs and writes
    /// files, and a run is resumed with any number of ranks, from the checkpoint that rank 0 finds. A group of one changes nothing.
    /// </summary>
    /// <param name="group">The ranks as this one sees them; stays yours.</param>
    public MultiTaskTrainerBuilder UseProcessGroup(IProcessGroup group) => With(ref _group!, group);

    /// <summary>
    /// Writes losses, learning rate, scores and pace as the run goes, in the form of TensorBoard's event files: of steps under their
    /// number in the run, of epochs under <c>epoch/</c> and <c>validation/</c> and the epoch's number. A resumed run adds a file to the folder. A
    /// file that cannot be written is a warning in the log, and the run goes on without.
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
