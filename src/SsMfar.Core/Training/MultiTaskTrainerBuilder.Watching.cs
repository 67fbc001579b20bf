namespace SsMfar.Training;

public sealed partial class MultiTaskTrainerBuilder
{
    private readonly List<Func<RunWatcher>> _watchers = [];

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
