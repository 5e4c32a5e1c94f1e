"""The selection matrix in Chinese."""

# fmt: off

from models.recipe.grammar import Intent

INTENTS = (
    Intent(
        "zh_mp", "matrix",
        ask=(
            "[什么时候|何时|什么情况下|在哪些情况下|什么场景下][应该|该|要|适合|需"
            "要|]用[多进程|multiprocessing|进程池]",
            "[多进程|multiprocessing|进程池]适合[什么|哪些|做什么|什么样的][任务|工作|场景|]",
            "[多进程|multiprocessing]有什么用", "[多进程|multiprocessing]的使用场景[是什么|有哪些|]",
            "[请问|请解释|说说]什么时候用多进程", "为什么要用多进程", "多进程[的优点|的好处|的优缺点]是什么",
        ),
        say=(
            "CPU 密集型的工作用多进程,例如图像处理、加密、压缩。每个进程有自己的解释器和自己的 GIL,所以能真正并行。"
            "代价是内存更多(每个进程几十到几百 MB),启动慢,数据要用 pickle 序列化。",
        ),
        subject=("多进程", "multiprocessing", "进程池"),
        brief="CPU 密集型工作用多进程,因为每个进程有自己的 GIL。",
        why=("因为有 GIL:一个进程里同一时刻只有一个线程执行 Python 字节码,而每个进程有自己的 GIL。",),
        lang="zh",
        weight=1.5,
    ),
    Intent(
        "zh_asyncio", "matrix",
        ask=(
            "[什么时候|何时|什么情况下|什么场景下][应该|该|要|适合|需要|]用[asyncio|协程|异步|async]",
            "[asyncio|协程|异步]适合[什么|哪些|做什么|什么样的][任务|工作|场景|]", "[asyncio|协程]有什么用",
            "asyncio 的使用场景[是什么|有哪些|]", "为什么要用 asyncio", "asyncio 的[优点|好处]是什么",
        ),
        say=(
            "I/O 密集、并发很高,而且库支持异步时,用 asyncio。一个线程里的事件循环可以处理上万个连接,协程只占几 KB。"
            "注意不能在协程里调用阻塞代码,同步库要用 asyncio.to_thread "
            "放到线程里。",
        ),
        subject=("asyncio", "协程"),
        brief="I/O 密集且库支持异步时用 asyncio。",
        why=("因为等待不需要线程:一个协程等待时,事件循环去运行别的协程。",),
        lang="zh",
        weight=1.5,
    ),
    Intent(
        "zh_threads", "matrix",
        ask=(
            "[什么时候|何时|什么情况下|什么场景下][应该|该|要|适合|需要|]用[多线程|线程|线程池|ThreadPoolExecutor]",
            "[多线程|线程池]适合[什么|哪些|做什么|什么样的][任务|工作|场景|]", "多线程有什么用",
            "Python 多线程[有用吗|还有用吗|什么时候有用]", "为什么要用线程池",
        ),
        say=(
            "需要调用同步阻塞的库时用线程,例如 requests 或 boto3。线程等待 I/O 时会释放 GIL。在异步代码里写 await as"
            "yncio.to_thread(函数)。纯 Python "
            "计算用线程没有用,因为有 GIL,要用多进程。",
        ),
        subject=("多线程", "线程池", "线程"),
        brief="调用同步阻塞的库时用线程。",
        why=("因为线程在等待 I/O 时会释放 GIL,其他线程可以继续运行。",),
        lang="zh",
        weight=1.5,
    ),
    Intent(
        "zh_cpu", "matrix",
        ask=(
            "CPU 密集[型|][的|][任务|工作|代码][用什么|应该用什么|怎么办|选什么|该用哪种]",
            "[图像处理|加密|压缩|压缩文件|图片缩放|大量计算|处理图片|视频转码|解析 "
            "PDF|密码哈希|计算质数|数据清洗][应该|该|][用什么|用多进程还是多线程|用哪种方案|怎么做|选什么]",
            "怎么[利用|使用|用上|用满]多个[核|核心|CPU]", "怎样[实现|做到]真正的并行", "计算很慢[怎么办|,怎么加速]",
            "CPU 密集用[多线程还是多进程|什么]", "[我的程序|我的代码]一直在计算,用什么",
        ),
        say=(
            "CPU 密集型工作用多进程,最好用进程池:每个进程有自己的 GIL,所有核心真正并行。线程会互相等待 GIL,算不快;as"
            "yncio 会被阻塞。进程数和 CPU 核数差不多就好。",
        ),
        subject=("CPU 密集型工作", "CPU 密集"),
        brief="CPU 密集型工作用进程池。",
        why=("因为 GIL 让同一进程的线程轮流执行 Python 代码,只有多进程能用上所有核心。",),
        lang="zh",
        weight=1.5,
    ),
    Intent(
        "zh_io", "matrix",
        ask=(
            "I/O 密集[型|][的|][任务|工作|代码][用什么|应该用什么|怎么办|选什么|该用哪种]",
            "[爬虫|抓取很多网页|大量网络请求|下载几千个网页|很多连接|聊天服务器|调用很多 API|上万个 "
            "websocket][应该|该|][用什么|用 asyncio 还是多线程|用哪种方案|怎么做|选什么]",
            "怎么处理[上万个|大量|很多]连接", "网络请求很多[怎么办|用什么]", "I/O 密集用[多线程还是协程|什么]",
            "写爬虫用什么",
        ),
        say=(
            "I/O 密集型工作用 asyncio 和异步库,例如 aiohttp 或 "
            "httpx:一个事件循环同时等待成千上万个连接。如果库是同步的,就用 asyncio.to_thread 放到线程里。",
        ),
        subject=("I/O 密集型工作", "爬虫", "I/O 密集"),
        brief="I/O 密集型工作用 asyncio。",
        why=("因为程序大部分时间在等待,等待时事件循环可以运行别的协程。",),
        lang="zh",
        weight=1.5,
    ),
    Intent(
        "zh_blocking", "matrix",
        ask=(
            "怎么在[异步|async|asyncio|async def|协程]里[调用|使用]同步[库|函数|代码|的库]",
            "[库|驱动|SDK]是[同步的|阻塞的][怎么办|,怎么办|用什么]",
            "[requests|boto3|psycopg2|同步库][能|可以]在 async def 里用吗",
            "[to_thread|asyncio.to_thread][是什么|有什么用|怎么用|做什么]", "阻塞的调用[怎么处理|放在哪里]",
            "async def 里调用 [requests|boto3|time.sleep] [会怎样|有什么问题|可以吗]",
        ),
        say=(
            "直接调用会阻塞整个事件循环。用 await asyncio.to_thread(函数, 参数) "
            "把同步调用放到线程里;如果有异步库(例如 httpx),可以直接 await。",
        ),
        subject=("同步库", "阻塞的库", "to_thread"),
        brief="用 asyncio.to_thread 把同步调用放到线程里。",
        why=("因为事件循环只有一个线程,阻塞它就没有别的请求能运行。",),
        lang="zh",
        weight=1.5,
    ),
    Intent(
        "zh_llm", "matrix",
        ask=(
            "[LLM|大模型|模型|AI][推理|]服务[应该|该|][用什么|怎么设计|用什么架构|怎么写|怎么做]",
            "[推理|模型推理|torch 推理][应该|该|]放在哪里", "FastAPI 里怎么[运行|跑][模型|推理|大模型]",
            "大模型服务的标准[模式|架构]是什么", "推理会阻塞事件循环[吗|怎么办]",
            "[AI 推理|模型推理]用多进程还是多线程",
        ),
        say=(
            "用 asyncio 接收请求,用 await asyncio.to_thread(engine.step) 在一个线程里跑同步推理。torch 计算时会释放 "
            "GIL,所以事件循环不会被阻塞。CPU "
            "上只用一个推理线程,多用户靠连续批处理。",
        ),
        subject=("LLM 服务", "模型推理", "推理服务"),
        brief="asyncio 接收请求,一个线程跑推理。",
        why=("因为推理是同步的而且很慢,放在事件循环里会让所有请求停住;torch 会释放 GIL,所以线程就够了。",),
        lang="zh",
        weight=1.5,
    ),
    Intent(
        "zh_gil", "gil",
        ask=(
            "[什么是|解释一下|解释|请解释] GIL", "GIL 是什么", "GIL [有什么影响|有什么用|是什么意思|为什么存在]",
            "为什么[多线程|Python 多线程][不能并行|不快|没有用|用不了多核]", "全局解释器锁是什么",
        ),
        say=(
            "GIL 是全局解释器锁:一个进程里同一时刻只有一个线程执行 Python 字节码。所以多线程不能加速纯 Python 计算,"
            "但等待 I/O 时会释放 GIL。多进程各有自己的 GIL。Python "
            "3.13 有一个可选的无 GIL 版本,普通版本仍然有。",
        ),
        subject=("GIL", "全局解释器锁"),
        brief="GIL 让一个进程里同一时刻只有一个线程执行 Python 代码。",
        lang="zh",
    ),
    Intent(
        "zh_loop", "pitfall",
        ask=(
            "[什么是|解释一下|请解释]事件循环", "事件循环[是什么|怎么工作|是怎么工作的]",
            "阻塞事件循环[会怎样|有什么后果|会发生什么|是什么意思]", "为什么[不能|不要]阻塞事件循环",
            "为什么我的 FastAPI 服务[卡住|没有响应|很慢|会卡]", "async 函数里做[大量计算|阻塞调用]会怎样",
        ),
        say=(
            "事件循环在一个线程里轮流运行协程,在 await 处切换。如果在 async 函数里做阻塞或大量计算,整个循环都会停住,"
            "所有请求都要等。阻塞调用用 asyncio.to_thread 放到线程,CPU "
            "密集的工作放到进程池。",
        ),
        subject=("事件循环", "阻塞事件循环"),
        brief="阻塞事件循环会让所有请求停住。",
        lang="zh",
    ),
    Intent(
        "zh_matrix", "matrix",
        ask=(
            "asyncio、多线程、多进程[怎么选|如何选择|有什么区别|的区别|怎么选择]",
            "多进程、多线程和 asyncio [怎么选|如何选择|的区别是什么|有什么区别]",
            "[多线程和多进程|线程和进程|进程和线程][有什么区别|的区别|的区别是什么|怎么选]",
            "[协程和线程|asyncio 和多线程][有什么区别|的区别|怎么选]",
            "[选择|并发][的核心原则|的原则|的规则|矩阵]是什么", "[一句话|用一句话]说明[怎么选|如何选择并发模型]",
            "Python [有哪些|的]并发[方案|模型]",
        ),
        say=(
            "CPU 密集用多进程(绕开 GIL,真并行);I/O 密集且库支持异步用 asyncio;要调用同步阻塞的库用线程(asyncio.t"
            "o_thread);LLM 服务用 asyncio 加一个推理线程;很长的任务交给 Celery。",
        ),
        subject=("选择矩阵",),
        brief="CPU 用进程,I/O 用协程,同步库用线程。",
        lang="zh",
        weight=1.5,
    ),
    Intent(
        "zh_celery", "matrix",
        ask=(
            "Celery [是多进程还是 asyncio|默认是什么模式|是多进程吗|用什么模型]", "[什么时候|何时]用 Celery",
            "Celery [适合什么|有什么用|是什么]",
            "[很长的任务|后台任务|要跑一小时的任务|夜间任务][用什么|放在哪里|怎么办]",
        ),
        say=(
            "Celery 默认用 prefork,也就是多进程,适合 CPU 密集的任务。时间很长、要在重启后继续的任务放到 Celery 队列"
            "里。它需要 Redis 或 RabbitMQ 做消息中间件,不直接支持 "
            "async 函数;短任务用不着它。",
        ),
        subject=("Celery", "后台任务"),
        brief="Celery 默认是多进程(prefork)。",
        lang="zh",
    ),
    Intent(
        "zh_pickle", "python",
        ask=(
            "为什么 lambda 不能[用在|传给]进程池", "[lambda|本地函数][能|可以|不能]pickle 吗",
            "进程之间怎么传[数据|参数]", "[什么是|解释] pickle", "pickle [是什么|有什么用]",
            "多进程里用 lambda 报错[怎么办|]",
        ),
        say=("进程之间的数据用 pickle 序列化。lambda 和本地函数不能 pickle,要把函数放到模块顶层。",),
        subject=("pickle", "序列化"),
        brief="数据用 pickle 传递,函数要放在模块顶层。",
        lang="zh",
    ),
    Intent(
        "zh_fork", "python",
        ask=(
            "fork 和 spawn [有什么区别|的区别|的区别是什么|怎么选]", "[spawn|fork] 是什么",
            "[应该|该]用 fork 还是 spawn", "有哪些启动方式",
        ),
        say=(
            "fork 复制父进程,快,但有线程时可能死锁;spawn 启动全新的解释器,慢一些但安全,是 Windows 和 macOS 的默认;fo"
            "rkserver 是折中。有 torch 或线程时用 "
            "spawn,启动代码要写在 if __name__ == \"__main__\": 下面。",
        ),
        subject=("fork 和 spawn", "启动方式"),
        brief="fork 快但不安全,spawn 慢但安全。",
        lang="zh",
    ),
    Intent(
        "zh_gather", "asyncio",
        ask=(
            "gather 和 create_task [有什么区别|的区别|的区别是什么]",
            "asyncio.gather [是什么|有什么用|怎么用|是并行吗]", "create_task [是什么|有什么用|怎么用]",
            "gather 的结果[按什么顺序|有顺序吗]",
        ),
        say=(
            "gather 并发运行多个协程,等全部完成后按顺序返回结果;create_task 立即安排一个协程,马上返回 Task。两者都在"
            "一个线程里交替执行,不是并行。想谁先完成就先处理谁,用 "
            "asyncio.as_completed。",
        ),
        subject=("gather", "create_task"),
        brief="gather 等一组协程,create_task 启动一个。",
        lang="zh",
    ),
    Intent(
        "zh_hello", "chat",
        ask=("你好", "您好", "嗨", "你好,在吗", "早上好", "在吗", "[你好,|]我有一个问题", "哈喽"),
        say=("你好!我是 Tutor。可以问我 asyncio、线程、进程,或者这个服务怎么用。",),
        lang="zh",
    ),
    Intent(
        "zh_who", "chat",
        ask=(
            "你是谁", "你叫什么[名字|]", "你是什么[模型|]", "介绍一下你自己", "你能做什么", "你会什么",
            "谁[做了|训练了|开发了]你",
        ),
        say=(
            "我是 Tutor,这个项目自带的小语言模型,从头训练,不是商业大模型。我讲解 asyncio、线程、进程和这个服务。",
        ),
        lang="zh",
    ),
    Intent(
        "zh_thanks", "chat",
        ask=("谢谢", "多谢", "非常感谢", "好的,谢谢", "太好了,谢谢", "谢谢你"),
        say=("不客气!还有问题可以再问。",),
        lang="zh",
    ),
    Intent(
        "zh_bye", "chat",
        ask=("再见", "拜拜", "下次见"),
        say=("再见!愿你的事件循环永不阻塞。",),
        lang="zh",
    ),
    Intent(
        "zh_serve", "usage",
        ask=(
            "怎么[启动|运行|使用]这个服务", "这个服务怎么[启动|用|运行]", "[用什么命令|怎样]启动",
            "怎么用 openai [SDK|库|客户端][连接|调用|]", "端口是多少", "API 地址是什么",
        ),
        say=(
            "运行 make serve,服务在 8000 端口。openai 客户端的 base_url 设为 http://localhost:8000/v1,模型名是 "
            "tutor。",
        ),
        subject=("make serve", "这个服务"),
        lang="zh",
    ),
    Intent(
        "zh_out", "chat",
        ask=(
            "[今天|明天|北京|上海]天气[怎么样|如何|好吗]", "[怎么做|如何做][红烧肉|蛋糕|面条|饺子]",
            "[写|给我写]一首[诗|歌]", "[介绍一下|谁是][拿破仑|李白|秦始皇|爱因斯坦]",
            "[推荐|介绍]一[部电影|本书|家餐厅]", "[股票|比特币|房价]会涨吗", "[我头疼|我发烧了|我感冒了]怎么办",
            "[中国|法国|日本]的[首都|历史]", "讲个[故事|笑话]", "[二战|唐朝|世界杯][是什么时候|谁赢了|介绍一下]",
        ),
        say=("抱歉,这超出了我的范围。我只了解 asyncio、线程、进程和这个服务。",),
        lang="zh",
    ),
    Intent(
        "zh_parallel", "asyncio",
        ask=(
            "asyncio [是|算][并行|真正的并行][吗|还是并发]", "[协程|asyncio|gather]能[利用|用上]多核吗",
            "[asyncio|协程][能|可以]加速计算吗", "并发和并行[有什么区别|的区别|的区别是什么]", "协程是同时运行的吗",
            "asyncio 是多线程吗", "[异步|asyncio]会让计算更快吗",
        ),
        say=(
            "不是。asyncio 在一个线程里交替运行协程,是并发,不是并行,也用不上多核。要真正并行计算就用多进程。",
        ),
        subject=("asyncio 的并发", "并行"),
        brief="asyncio 是单线程并发,不是并行。",
        lang="zh",
    ),
    Intent(
        "zh_overhead", "matrix",
        ask=(
            "[协程、线程和进程|三者|三种方案|进程、线程、协程]的开销[有什么区别|对比|哪个大|怎么样]",
            "[一个|]协程占多少内存", "[一个|]进程占多少内存", "哪[个|种][最省内存|开销最小|最占内存|开销最大]",
            "[线程|进程|协程]的开销[大吗|有多大]", "可以开多少个[协程|线程|进程]",
        ),
        say=(
            "协程最省,几 KB 一个,可以有上万个;线程占到 MB 级,几百个;进程占几十到几百 MB,数量和 CPU "
            "核数差不多,而且数据要用 pickle 传递。",
        ),
        subject=("开销", "内存开销"),
        brief="协程几 KB,线程 MB 级,进程几十到几百 MB。",
        lang="zh",
    ),
    Intent(
        "zh_imap", "python",
        ask=(
            "Pool.map 和 imap_unordered [有什么区别|的区别|怎么选]", "imap_unordered [是什么|有什么用]",
            "Pool.map [占内存太多|结果太多][怎么办|]", "进程池的结果怎么[流式|逐个]返回",
        ),
        say=("Pool.map 等全部完成后按顺序返回列表;imap_unordered 谁先完成就先返回谁,省内存,适合很长的输入。",),
        subject=("imap_unordered", "Pool.map"),
        brief="map 一次返回全部,imap_unordered 逐个返回。",
        lang="zh",
    ),
    Intent(
        "zh_jupyter", "python",
        ask=(
            "[为什么|]多进程在 Jupyter 里[跑不起来|不工作|卡住|报错][怎么办|]", "Jupyter 里怎么用多进程",
            "[notebook|Jupyter] 里 Pool 卡住了", "在 Jupyter 里用进程池",
        ),
        say=(
            "Jupyter 的单元格不是可导入的模块,子进程找不到里面的函数。把函数写到 .py 文件里再导入,或者用 "
            "get_context(\"spawn\")。",
        ),
        subject=("Jupyter",),
        brief="把函数放到 .py 文件里。",
        lang="zh",
    ),
    Intent(
        "zh_flask", "fastapi",
        ask=(
            "Flask 和 FastAPI [有什么区别|的区别|怎么选]", "为什么 [Flask 是同步的|FastAPI 是异步的]",
            "FastAPI 比 Flask 好在哪里", "WSGI 和 ASGI [有什么区别|的区别]",
        ),
        say=(
            "Flask 是同步的 WSGI 框架,每个请求占一个线程或进程;FastAPI 基于 "
            "Starlette(ASGI),一个事件循环处理很多请求,适合 I/O 密集的服务。",
        ),
        subject=("Flask 和 FastAPI", "FastAPI"),
        brief="Flask 同步(WSGI),FastAPI 异步(ASGI)。",
        lang="zh",
    ),
    Intent(
        "zh_pool", "python",
        ask=(
            "进程池[是什么|有什么用|开多大|要多少个进程|大小怎么定]", "为什么要用进程池[而不是每次启动新进程|]",
            "[开|用]几个进程[合适|最好]", "线程池开多大",
        ),
        say=("进程池预先创建好进程并重复使用,比每次启动新进程便宜得多。CPU 密集的工作,进程数和 CPU 核数相同就好。",),
        subject=("进程池的大小",),
        brief="进程数和 CPU 核数相同就好。",
        lang="zh",
    ),
    Intent(
        "zh_numpy", "matrix",
        ask=(
            "numpy [会|能]释放 GIL 吗", "[numpy|大数组|NLP 批处理]用[什么|多进程还是多线程]",
            "torch [会|能]释放 GIL 吗", "数据很大的 CPU 密集任务[怎么办|用什么]",
        ),
        say=(
            "numpy 和 torch 的大部分运算会释放 GIL,所以线程往往就够了;纯 Python "
            "的部分用多进程,大数组用共享内存,不要 pickle。",
        ),
        subject=("numpy",),
        brief="numpy 和 torch 计算时会释放 GIL。",
        lang="zh",
    ),
)
ZH_WHY = (
    "为什么", "为什么呢", "原因是什么", "为什么这样", "能解释一下原因吗",
)
ZH_BRIEF = (
    "一句话", "简单说", "用一句话说", "简短一点", "简单点", "总结一下",
)
ZH_ABOUT = (
    "那{x}呢", "{x}呢", "什么是{x}", "{x}是什么", "那么{x}呢", "解释一下{x}", "说说{x}", "{x}",
)
ZH_POLITE = (
    "请问,", "你好,", "请问", "我想知道,", "老师,", "请教一下,", "",
)
